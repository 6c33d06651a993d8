import AsyncHTTPClient
import FoundationEssentials
package import LocalAPI
import NIOCore
import NIOHTTP1
import PeerModel

/// Using a peer's skills.
extension PeerExchange {
  /// Longest JSON that a peer may answer with, bytes.
  static let maximumReply = 8 << 20
  static let listPath = "/v1/p2p/skills"
  /// Until the next bytes of a file that a peer sends.
  static let patience = Duration.seconds(30)

  /// A skill's answer: its result, and the files that follow it.
  package struct SkillAnswer: Sendable {
    package var result: SkillResult
    package var files: FileChunks?
  }

  /// Invokes a tool of a peer, and records what came of it under the id that the peer records it by.
  /// - Parameters:
  ///   - files: the files that the arguments refer to, read once.
  ///   - timeout: until the answer begins.
  ///   - requestID: lets a request be repeated after a broken connection without running twice.
  ///   - trace: learns whether the call may have begun there.
  /// - Throws: ``NodeError`` of the other node, `tool_changed`, `peer_unreachable`, `timed_out`, `not_approved`.
  func call(
    _ call: CallSkill.Parameters, on id: PeerID, files: FileChunks?, timeout: Duration,
    requestID: String = newRequestID(), trace: CallTrace = CallTrace()
  ) async throws -> SkillAnswer {
    running[id, default: []].insert(requestID)
    defer { running[id]?.remove(requestID) }
    func record(_ outcome: String) async throws {
      let entry = AuditEntry(
        caller: AuditNotes.current?.caller.auditName ?? "node", operation: "call", target: id,
        subject: "\(call.skill).\(call.tool)", request: requestID, outcome: outcome, at: Clock.now)
      try await audit.write(entry)
      AuditNotes.current?.noteEntry()
    }
    let answer: SkillAnswer
    do {
      let digest = try await admit(call, on: id, within: timeout, trace)
      answer = try await send(call, requestID, digest, to: id, files: files, timeout: timeout, trace)
    } catch {
      let code = (error as? NodeError)?.code ?? (error is CancellationError ? .cancelled : .internal)
      do { try await record(code.rawValue) } catch {
        logger.error("a call that failed is not on record", metadata: ["peer_id": "\(id)", "error": "\(error)"])
      }
      guard var failure = error as? NodeError else { throw error }
      if failure.code == .skillNotFound, failure.hint == nil { failure.hint = "r skills \(id.short)" }
      if failure.code == .toolChanged, trace.isAnswered { failure = await toolChanged(call, on: id) }
      throw failure
    }
    try await record(answer.result.success ? "ok" : ErrorCode.skillFailed.rawValue)
    return answer
  }

  static func newRequestID() -> String { UUID().uuidString.lowercased() }

  private func send(
    _ call: CallSkill.Parameters, _ requestID: String, _ digest: ToolDigest, to id: PeerID, files: FileChunks?,
    timeout: Duration, _ trace: CallTrace
  ) async throws -> SkillAnswer {
    var message = call.json.objectValue ?? [:]
    message["tool_digest"] = digest.json
    message["request_id"] = .string(requestID)
    message["timeout"] = .number(timeout.milliseconds / 1000)
    let head = JSONValue.object(message)
    let response: HTTPClientResponse
    if let files = ExpectedChunks(files, for: call.arguments, limit: SkillLimits().fileBytes) {
      // A stream cannot be sent twice, so the session is proved first.
      try await refreshOffer(of: id)
      response = try await request(
        id, .post, "/v1/p2p/skill",
        headers: [("Content-Type", MediaType.frames), ("Accept", "\(MediaType.frames), \(MediaType.json)")],
        body: { .stream(FramedBody(head: head, files: files), length: .unknown) }, timeout: timeout,
        isRepeatable: false, trace: trace)
    } else {
      response = try await repeatable(head, on: id, timeout: timeout, trace)
    }
    guard response.headers.first(name: "Content-Type") == MediaType.frames, response.status == .ok else {
      let json = try await Deadline.run(until: .now + timeout, what: "the peer's answer", after: timeout) {
        try await Self.json(response)
      }
      return SkillAnswer(result: try Self.result(json), files: nil)
    }
    let reader = FrameReader(response.body.makeAsyncIterator(), patience: Self.patience)
    let result = try Self.result(try await reader.head())
    return SkillAnswer(
      result: result, files: ExpectedChunks(reader, for: result.result, limit: SkillLimits().outputBytes))
  }

  private static func result(_ json: JSONValue) throws(NodeError) -> SkillResult {
    var result = try SkillResult(json: json)
    // Who did it is not the peer's to say.
    result.choice = nil
    return result
  }

  /// Sends a call without files. After a broken connection the first attempt may still run over there: the peer then
  /// says so, and its outcome is asked for until it is there.
  private func repeatable(
    _ head: JSONValue, on id: PeerID, timeout: Duration, _ trace: CallTrace
  ) async throws -> HTTPClientResponse {
    let bytes = ByteBuffer(bytes: head.bytes)
    let deadline = ContinuousClock.now + timeout
    while true {
      let response = try await request(
        id, .post, "/v1/p2p/skill",
        headers: [("Content-Type", MediaType.json), ("Accept", "\(MediaType.frames), \(MediaType.json)")],
        body: { .bytes(bytes) }, timeout: timeout, trace: trace)
      guard response.status == .conflict, response.headers.first(name: "Retry-After") != nil,
        ContinuousClock.now < deadline
      else { return response }
      _ = try await response.body.collect(upTo: Self.maximumReply)
      try await Task.sleep(for: .seconds(1))
    }
  }

  /// Sends a request in the peer's session; a token that was revoked or a connection that was closed is renewed once.
  func request(
    _ id: PeerID, _ method: PinnedClient.HTTPMethod, _ path: String, headers: [(String, String)] = [],
    body: @Sendable () -> HTTPClientRequest.Body? = { nil }, timeout: Duration, isRepeatable: Bool = true,
    trace: CallTrace? = nil
  ) async throws -> HTTPClientResponse {
    var attempt = 1
    while true {
      let session = try await session(with: id)
      let id = session.peer
      do {
        let started = ContinuousClock.now
        let response = try await session.client.execute(
          method, path, headers: headers + [("Authorization", "Bearer \(session.token)")], body: body(),
          timeout: .nanoseconds(Int64(timeout.milliseconds * 1_000_000)))
        guard response.status == .unauthorized, attempt == 1, isRepeatable else {
          trace?.noteAnswer()
          let isList = path.hasPrefix(Self.listPath)
          registry.noteExchange(id, latency: isList ? ContinuousClock.now - started : nil)
          note(OfferNote(response.headers.first(name: OfferNote.header)), of: id, isList: isList)
          return response
        }
      } catch {
        trace?.noteFailure(error)
        try Task.checkCancellation()
        if let error = error as? HTTPClientError, error == .deadlineExceeded {
          throw NodeError(.timedOut, "the peer did not answer within \(Int(timeout.milliseconds / 1000)) seconds")
        }
        logger.debug(
          "a request to a peer broke", metadata: ["peer_id": "\(id)", "attempt": "\(attempt)", "error": "\(error)"])
        guard attempt == 1, isRepeatable else {
          if let error = error as? NodeError { throw error }
          registry.noteFailure(id)
          throw NodeError(.peerUnreachable, "the connection to the peer broke", hint: "r peers show \(id.short)")
        }
      }
      forget(session)
      attempt += 1
    }
  }

  /// Where a command that a peer advises is meant to be run.
  static let remotely = "on the peer, run: "

  /// The advice of a peer, which speaks to its own owner; what it lists is asked for from here instead.
  private static func elsewhere(_ hint: String, _ code: ErrorCode) -> String? {
    if code == .skillNotFound, hint.hasSuffix("r skills") { return nil }
    return hint.hasPrefix("r ") ? remotely + hint : hint
  }

  /// A JSON answer.
  /// - Throws: the ``NodeError`` of a problem document.
  static func json(_ response: HTTPClientResponse, limit: Int = maximumReply) async throws -> JSONValue {
    let bytes: ByteBuffer
    do { bytes = try await response.body.collect(upTo: limit) } catch is NIOTooManyBytesError {
      throw NodeError(.remoteFailed, "the peer's answer is larger than \(limit) bytes")
    }
    guard let json = try? JSONParser.parse(bytes.readableBytesView) else {
      throw NodeError(.remoteFailed, "the peer's answer is not JSON (status \(response.status.code))")
    }
    guard response.status.code < 300 else {
      let problem = NodeError(problem: json)
      guard var problem, problem.code != .internal else {
        throw NodeError(.remoteFailed, "the peer met an error (status \(response.status.code))")
      }
      problem.hint = problem.hint.flatMap { elsewhere($0, problem.code) }
      if let seconds = response.headers.first(name: "Retry-After").flatMap({ Int($0) }) { problem.retryAfter = seconds }
      throw problem
    }
    return json
  }
}
