import LocalAPI
import PeerModel

/// A call whose caller leaves it to this node which of the approved peers does it.
///
/// The best is tried first. The next is tried only where it is certain that nothing has run, or where the tool changes
/// nothing: a call that may have begun is never made twice.
extension NodeParts {
  /// What a peer has told is good for so long, seconds; then it is asked before the choice.
  private static let freshness = 2
  private static let probeTimeout = Duration.seconds(2)

  func callAny(
    _ parameters: CallRemoteSkill.Parameters, _ context: Operation.Context
  ) async throws -> Operation.Result {
    let call = parameters.call
    let limit = settings.current.p2p.taskTimeout
    let timeout = parameters.timeout.map { .milliseconds(Int($0 * 1000)) } ?? limit
    let deadline = ContinuousClock.now + timeout
    let order = try await candidates(for: call)
    // Kept, so that they can be sent to the next peer too.
    let limits = skills.limits
    let chunks = ExpectedChunks(context.files, for: call.arguments, limit: limits.fileBytes)
    let files = try await Deadline.run(until: deadline, what: "the upload", after: timeout) {
      try await Spooling.collect(
        chunks, names: Spooling.streams(in: call.arguments), workspace: skills.workspace, limit: limits.fileBytes)
    }
    let requestID = PeerExchange.newRequestID()
    var misses: [PeerChoice.Miss] = []
    for peer in order {
      let trace = CallTrace()
      do {
        let answer = try await exchange.call(
          call, on: peer.id, files: files.isEmpty ? nil : SpooledFileChunks(files),
          timeout: max(.milliseconds(1), deadline - .now), requestID: requestID, trace: trace)
        var result = answer.result
        result.choice = PeerChoice(id: peer.id, name: peer.name, misses: misses)
        return Operation.Result(result.json, files: answer.files)
      } catch {
        try Task.checkCancellation()
        let failure = Self.describe(error)
        switch Fallback(after: failure, trace) {
        case .next where ContinuousClock.now < deadline:
          misses.append(PeerChoice.Miss(id: peer.id, name: peer.name, error: failure))
        case .next, .final: throw Self.named(failure, peer, misses)
        case .unclear:
          var failure = Self.named(failure, peer, misses)
          failure.message += "; the call may have run there, so no other peer was asked"
          failure.hint = "r audit compare \(peer.id.short)"
          throw failure
        }
      }
    }
    throw Self.summary(misses, of: call)
  }

  /// The approved peers that have the tool, the best first. Those of which nothing was heard in the last moment are asked,
  /// so that the choice is made by how they are and not by how they were.
  private func candidates(for call: CallSkill.Parameters) async throws -> [PeerProspect] {
    let name = "\(call.skill).\(call.tool)"
    let approved = registry.all().filter { $0.status == .approved }
    let now = Clock.steady
    await withTaskGroup(of: Void.self) { group in
      for peer in approved {
        let presence = registry.presence(of: peer.id)
        let isShut = presence.isWaiting || !Self.mayCall(presence.grantedTrust)
        if presence.isFailing || isShut || (presence.loadToldAt.map { now - $0 < Self.freshness } ?? false) { continue }
        guard registry.offer(of: peer.id)?.tool(call.tool, of: call.skill) != nil || registry.offer(of: peer.id) == nil
        else { continue }
        group.addTask { _ = try? await exchange.refreshOffer(of: peer.id, within: Self.probeTimeout) }
      }
    }
    let calls = await exchange.running.mapValues(\.count)
    let able = registry.all().filter { peer in
      peer.status == .approved && registry.offer(of: peer.id)?.usableTools(name).isEmpty == false
        && Self.mayCall(peer.grantedTrust)
    }
    guard !able.isEmpty else {
      throw NodeError(.skillNotFound, "no approved peer offers \(name)", hint: "r find \(call.skill)")
    }
    return PeerProspect.ordered(able.map { prospect($0, ownCalls: calls[$0.id] ?? 0) })
  }

  /// Whether a peer that has said so, or nothing, lets this node use skills.
  private static func mayCall(_ granted: TrustLevel?) -> Bool {
    (granted ?? .full) >= Permission.useSkills.requiredTrust ?? .full
  }

  private static func describe(_ error: any Error) -> NodeError {
    if let error = error as? NodeError { return error }
    return NodeError(storage: error) ?? NodeError(.remoteFailed, "the answer broke off")
  }

  /// The failure of one peer among several, for somebody who named none.
  private static func named(_ failure: NodeError, _ peer: PeerProspect, _ misses: [PeerChoice.Miss]) -> NodeError {
    var failure = failure
    if !failure.message.hasPrefix(peer.name) { failure.message = "\(peer.name): \(failure.message)" }
    if !misses.isEmpty { failure.message += " (before: \(list(misses)))" }
    return failure
  }

  /// Nobody did it, and nothing has run.
  private static func summary(_ misses: [PeerChoice.Miss], of call: CallSkill.Parameters) -> NodeError {
    guard let first = misses.first else { return .internal }
    guard misses.count > 1 else {
      return NodeError(
        first.error.code, "\(first.name): \(first.error.message)", hint: first.error.hint,
        retryAfter: first.error.retryAfter)
    }
    // What the owner can decide comes before what only time can change.
    let telling = misses.first { $0.error.code == .toolChanged } ?? first
    return NodeError(
      telling.error.code, "no peer could do \(call.skill).\(call.tool): \(list(misses))", hint: telling.error.hint)
  }

  private static func list(_ misses: [PeerChoice.Miss]) -> String {
    misses.map { "\($0.name) \($0.error.code.rawValue)" }.joined(separator: ", ")
  }
}
