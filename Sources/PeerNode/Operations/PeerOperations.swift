import LocalAPI
import PeerModel

/// Finding, adding and deciding about peers.
extension NodeParts {
  var peerOperations: [Operation] {
    [
      Operation(DiscoverPeers.self, .administer, .post("/v1/p2p/discover")) { parameters, context in
        try await discovery.discover(parameters, progress: context.progress)
      },
      Operation(AddPeer.self, .administer, .post("/v1/p2p/peers")) { parameters, _ in try await add(parameters) },
      Operation(ListPeers.self, .view, .get("/v1/p2p/peers")) { parameters, _ in
        ListPeers.Result(peers: registry.all().filter { parameters.status == nil || $0.status == parameters.status })
      },
      Operation(ShowPeer.self, .view, .get("/v1/p2p/peers/{peer_id}")) { parameters, _ in
        try shown(try registry.resolve(parameters.peer))
      },
      Operation(RemovePeer.self, .administer, .delete("/v1/p2p/peers/{peer_id}")) { parameters, context in
        let id = try registry.resolve(parameters.peer)
        try await registry.remove(id, by: context.caller)
        return RemovePeer.Result(removed: id)
      },
      Operation(ListPending.self, .view, .get("/v1/p2p/pending")) { _, _ in
        try await registry.dropExpiredPending()
        return ListPending.Result(pending: registry.pending())
      },
      Operation(ApprovePeer.self, .administer, .post("/v1/p2p/approve/{peer_id}")) { parameters, context in
        let id = try registry.resolve(parameters.peer)
        let p2p = settings.current.p2p
        try await registry.approve(
          id, trust: parameters.trust ?? standingTrust(id) ?? p2p.defaultTrust, maximum: p2p.maxPeers,
          by: context.caller)
        // It hears of it at once where it can be reached, and by asking again where not.
        discovery.introduceSoon(id, knocks: true)
        return try shown(id)
      },
      Operation(RejectPeer.self, .administer, .post("/v1/p2p/reject/{peer_id}")) { parameters, context in
        let id = try registry.resolve(parameters.peer)
        try await registry.reject(id, by: context.caller)
        return try shown(id)
      },
      Operation(BlockPeer.self, .administer) { parameters, context in
        let id = try registry.resolve(parameters.peer)
        try await registry.block(id, by: context.caller)
        return try shown(id)
      },
      Operation(TrustPeer.self, .administer) { parameters, context in
        let id = try registry.resolve(parameters.peer)
        let p2p = settings.current.p2p
        try await registry.trust(
          id, parameters.trust ?? p2p.defaultTrust, maximum: p2p.maxPeers, by: context.caller)
        return try shown(id)
      },
      // Not for peers: whoever administers this node shall not reach others through it.
      Operation(PerformOnPeer.self, .ownerOnly) { parameters, _ in
        let id = try registry.resolve(parameters.peer)
        return .init(result: try await exchange.perform(parameters.method, parameters.parameters, on: id))
      },
      Operation(ExplainAccess.self, .view) { parameters, _ in try await explain(parameters) },
    ]
  }

  /// The level of a peer that is in already, which an approval without a level leaves as it is.
  private func standingTrust(_ id: PeerID) -> TrustLevel? {
    registry.standing(of: id).flatMap { $0.status == .approved ? $0.trust : nil }
  }

  private func shown(_ id: PeerID) throws(NodeError) -> Peer {
    guard let peer = registry.peer(id) else { throw NodeError(.peerNotFound, "the peer is not known any more") }
    return peer
  }

  private func ownIdentity(at address: PeerAddress, isSelf: Bool) -> NodeError {
    guard !isSelf else {
      return NodeError(.conflict, "\(address) is this node itself", hint: "name another machine's address")
    }
    registry.clones.met(at: address)
    return NodeError(
      .conflict, "the node at \(address) has this node's own identity: it is a copy of its state folder",
      hint: "on the copy, start as a new node: delete its identity.key and identity.crt")
  }

  /// Reaches the address, learns who is there and asks for approval.
  private func add(_ parameters: AddPeer.Parameters) async throws -> Peer {
    let name = try parameters.name.map { name throws(NodeError) in try PeerName.check(name) }
    let address = PeerAddress(host: try HostText.check(parameters.host), port: parameters.port)
    let report = try await exchange.introduce([address], expecting: nil)
    let id = report.key.id
    guard id != identity.id else { throw ownIdentity(at: address, isSelf: report.isSelf) }
    try await registry.sighted(
      id, name: report.name ?? id.short, at: [address], key: report.key, addedAs: .some(name))
    registry.noteExchange(id, latency: report.latency)
    if case .refused(let error) = report.outcome, error.code != .notApproved { throw error }
    return try shown(id)
  }
}

/// Rules for addresses that a person gives.
enum HostText {
  /// - Throws: ``NodeError`` `invalid_arguments` for what cannot be a host name or an IP address.
  static func check(_ host: String) throws(NodeError) -> String {
    let plain = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    let isPlain = plain.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || Array(".-:%_".utf8).contains(byte)
    }
    guard !plain.isEmpty, plain.utf8.count <= 253, isPlain else {
      throw NodeError(.invalidArguments, "/host: not a host name or an IP address")
    }
    return plain
  }
}
