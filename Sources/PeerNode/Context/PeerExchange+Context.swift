import FoundationEssentials
import NIOCore
import PeerModel

/// Exchanging context with a peer.
extension PeerExchange {
  /// Until one step of an exchange is answered.
  private static let syncTimeout = Duration.seconds(60)

  /// Exchanges context until neither side lacks what the other may give it. What has been exchanged when it breaks stays.
  /// - Throws: ``NodeError`` of the other node, `peer_unreachable`, `timed_out`, `not_approved`, `unsupported_version`
  ///   from a node that syncs no context, `limit_reached`, `remote_failed`; what the database throws.
  func sync(
    _ direction: SyncDirection, _ selection: ContextSelection, with id: PeerID, log: ContextLog
  ) async throws -> ContextSync {
    var machine = ContextSync(direction, selection)
    while true {
      let page =
        if direction.pushes, let theirs = machine.theirs {
          try await log.missing(from: theirs, in: machine.scopes)
        } else {
          ContextLog.Page(records: [], hasMore: false, have: try await log.vector(machine.scopes))
        }
      var request = machine.request(have: page.have, records: page.records)
      request.requestID = UUID().uuidString.lowercased()
      let answer = try await ask(request, of: id)
      let taken = try await log.merge(answer.entries, via: registry.current(id))
      guard try machine.receive(answer, taken: taken, have: try await log.vector(machine.scopes)) else {
        return machine
      }
    }
  }

  /// One step. What comes back has been verified.
  private func ask(_ request: PeerSync.Parameters, of id: PeerID) async throws -> PeerSync.Result {
    let bytes = ByteBuffer(bytes: request.json.bytes)
    let limit = Self.syncTimeout
    let json = try await Deadline.run(until: .now + limit, what: "the peer's context", after: limit) {
      do {
        return try await Self.json(
          try await self.request(
            id, .post, "/v1/p2p/sync", headers: [("Content-Type", MediaType.json)], body: { .bytes(bytes) },
            timeout: limit))
      } catch let error as NodeError where error.code == .notFound {
        throw NodeError(.unsupportedVersion, "the peer's rd is older and syncs no context")
      }
    }
    do {
      let answer = try PeerSync.Result(json: json)
      for record in answer.entries {
        guard request.scope.scopes.contains(record.id.scope) else {
          throw NodeError(.invalidArguments, "it was not asked for \(record.id)")
        }
        try record.verify()
      }
      return answer
    } catch let error as NodeError {
      throw NodeError(.remoteFailed, "the peer sent context that is not right: \(error.message)")
    }
  }
}
