import AsyncHTTPClient
import LocalAPI
import NIOCore
import PeerModel

/// Having a peer do a task. The task is accepted over there first, under an id that this node has on disk, so neither a
/// broken connection nor a restart of either node runs it twice or loses its answer.
extension PeerExchange {
  /// How long a peer that has accepted a task may be out of reach.
  private static let longestSilence = Duration.seconds(300)
  /// Until a peer says that it has accepted a task, and until it answers about one.
  private static let answerTime = Duration.seconds(30)
  /// Until the next bytes of a stream of events; the peer sends something every 15 seconds.
  private static let quiet = Duration.seconds(45)

  /// What can be over in a moment, so that it is worth asking again for a task that was accepted.
  private static let passing: Set<ErrorCode> = [.peerUnreachable, .timedOut, .busy]

  /// Has a peer do the task, and waits for what comes of it.
  /// - Throws: ``NodeError`` of the other node, or `peer_unreachable` when it is away for too long;
  ///   `CancellationError`, when the peer has been told to end the task if somebody wanted that.
  func perform(
    _ record: TaskRecord, _ feed: TaskFeed, _ store: TaskStore
  ) async throws -> (result: String, agent: String) {
    guard let peer = record.peerID else { throw NodeError.internal }
    var remote = record.remote.flatMap { TaskID($0) }
    var lastContact = ContinuousClock.now
    var pause = Duration.milliseconds(500)
    do {
      while true {
        var ended: TaskDetails?
        do {
          if remote == nil {
            let accepted = try await accept(record, by: peer)
            remote = accepted
            try await store.note(remote: accepted, of: record.id)
          }
          guard let remote else { throw NodeError.internal }
          lastContact = .now
          try await relay(remote, of: peer, to: feed)
          let details = try await details(of: remote, peer)
          lastContact = .now
          pause = .milliseconds(500)
          if details.state.isEnded { ended = details }
        } catch {
          let failure = try Self.passingFailure(error)
          guard remote != nil || record.isPatient, ContinuousClock.now - lastContact < Self.longestSilence else {
            throw failure
          }
        }
        // Not above: a task that ran out of time is not a peer that may be asked again.
        if let ended { return try Self.outcome(of: ended) }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(15))
      }
    } catch is CancellationError where feed.isCancelled {
      if let remote { await endRemote(remote, of: peer) }
      throw CancellationError()
    }
  }

  /// What may be over in a moment: the peer is out of reach or busy, or the connection broke in the middle of an answer.
  /// - Throws: all other errors.
  private static func passingFailure(_ error: any Error) throws -> NodeError {
    if error is CancellationError { throw error }
    try Task.checkCancellation()
    guard let error = error as? NodeError else {
      return NodeError(.peerUnreachable, "the connection to the peer broke", hint: "r peers")
    }
    guard passing.contains(error.code) else { throw error }
    return error
  }

  private static func outcome(of details: TaskDetails) throws(NodeError) -> (result: String, agent: String) {
    if details.state == .done, let result = details.result { return (result, details.agent ?? Agent.name) }
    throw details.error ?? NodeError(.remoteFailed, "the peer ended the task and does not say why")
  }

  private func accept(_ record: TaskRecord, by peer: PeerID) async throws -> TaskID {
    var message =
      TaskRequest(
        task: record.task, agent: record.agent, context: record.context, timeout: Double(record.timeout) / 1000
      ).json.objectValue ?? [:]
    message["request_id"] = .string(record.id)
    let bytes = ByteBuffer(bytes: JSONValue.object(message).bytes)
    let response = try await request(
      peer, .post, "/v1/p2p/task", headers: [("Content-Type", MediaType.json), ("Prefer", "respond-async")],
      body: { .bytes(bytes) }, timeout: Self.answerTime)
    return try JSONFields(try await answer(response)).required("task_id")
  }

  private func details(of task: TaskID, _ peer: PeerID) async throws -> TaskDetails {
    let response = try await request(peer, .get, "/v1/p2p/tasks/\(task)", timeout: Self.answerTime)
    return try TaskDetails(json: try await answer(response))
  }

  private func answer(_ response: HTTPClientResponse) async throws -> JSONValue {
    try await Deadline.run(until: .now + Self.answerTime, what: "the peer's answer", after: Self.answerTime) {
      try await Self.json(response)
    }
  }

  /// Shows what the peer tells of the task, until its stream ends or breaks.
  private func relay(_ task: TaskID, of peer: PeerID, to feed: TaskFeed) async throws {
    let response = try await request(peer, .get, "/v1/p2p/tasks/\(task)/events", timeout: Self.answerTime)
    guard response.status == .ok else {
      _ = try await answer(response)
      return
    }
    var lines = EventLines()
    let body = Shared(response.body.makeAsyncIterator())
    while let chunk = try await Deadline.run(
      until: .now + Self.quiet, what: "the peer's stream of events", after: Self.quiet, { try await body.next() })
    {
      for event in try lines.take(chunk) {
        guard event["type"] == "tool", let tool = event["tool"]?.stringValue, let status = event["status"]?.stringValue
        else { continue }
        feed.publish("tool", ["tool": .string(tool), "status": .string(status)])
      }
    }
  }

  /// Tells the peer to end the task, also where the work here has been cancelled already.
  private func endRemote(_ task: TaskID, of peer: PeerID) async {
    // Not a child: a child of what is cancelled is cancelled.
    await Task {
      do {
        let response = try await request(peer, .delete, "/v1/p2p/tasks/\(task)", timeout: .seconds(5))
        _ = try await answer(response)
      } catch {
        logger.warning(
          "a peer could not be told to end a task", metadata: ["peer_id": "\(peer)", "error": "\(error)"])
      }
    }.value
  }

  /// Lets a body be read step by step from children of one task, one at a time.
  private actor Shared {
    private var iterator: HTTPClientResponse.Body.AsyncIterator
    init(_ iterator: sending HTTPClientResponse.Body.AsyncIterator) { self.iterator = iterator }

    func next() async throws -> ByteBuffer? {
      var iterator = iterator
      defer { self.iterator = iterator }
      return try await iterator.next(isolation: #isolation)
    }
  }
}

/// Takes Server-Sent Events apart (WHATWG HTML, section 9.2.6): here each has one line of data.
struct EventLines: Sendable {
  /// Longest line, bytes.
  static let maximumLine = 64 << 10
  private var rest: [UInt8] = []

  /// The events that the bytes complete; what is no JSON is left out.
  /// - Throws: ``NodeError`` `remote_failed` for a line that is too long.
  mutating func take(_ chunk: ByteBuffer) throws(NodeError) -> [JSONValue] {
    var events: [JSONValue] = []
    for byte in chunk.readableBytesView {
      guard byte == UInt8(ascii: "\n") else {
        guard rest.count < Self.maximumLine else {
          throw NodeError(
            .remoteFailed, "the peer's stream of events has a line of more than \(Self.maximumLine) bytes")
        }
        rest.append(byte)
        continue
      }
      let label = Array("data:".utf8)
      if rest.starts(with: label), let event = try? JSONParser.parse(rest.dropFirst(label.count)) {
        events.append(event)
      }
      rest.removeAll(keepingCapacity: true)
    }
    return events
  }
}
