import FoundationEssentials
import NIOCore
import PeerModel

/// Exchanging context with a peer.
extension PeerExchange {
  /// Until one step of an exchange is answered.
  private static let syncTimeout = Duration.seconds(60)

  /// - Throws: ``NodeError`` of the other node, `peer_unreachable`, `timed_out`, `not_approved`, `unsupported_version`
  ///   from a node that syncs no context, and as ``ContextLog/sync(_:_:with:ask:)``.
  func sync(
    _ direction: SyncDirection, _ selection: ContextSelection, with id: PeerID, log: ContextLog
  ) async throws -> ContextSync {
    try await log.sync(direction, selection, with: registry.current(id)) { request in
      var request = request
      request.requestID = UUID().uuidString.lowercased()
      return try await ask(request, of: id)
    }
  }

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
    do { return try PeerSync.Result(json: json) } catch {
      throw NodeError(.remoteFailed, "the peer's answer is not right: \(error.message)")
    }
  }
}
