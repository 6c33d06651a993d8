import PeerModel

/// Asking a peer how it sees this node.
extension PeerExchange {
  /// - Throws: ``NodeError``, `not_found` when the peer is too old to tell.
  func reflection(of id: PeerID) async throws -> Reflection {
    let limit = Duration.seconds(10)
    let json = try await Deadline.run(until: .now + limit, what: "the peer's reflection", after: limit) {
      try await Self.json(try await self.request(id, .get, "/v1/p2p/reflection", timeout: limit))
    }
    return try Reflection(json: json)
  }
}
