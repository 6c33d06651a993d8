package import PeerModel
package import PeerNode

/// A peer of which only the identity and the handshake exist.
package struct TestPeer: Sendable {
  package let identity: Identity
  package let name: String
  private let folder: TemporaryFolder
  /// Whether it shows its certificate in TLS.
  package var isCertified: Bool

  package init(_ name: String = "peer", isCertified: Bool = false) throws {
    self.name = name
    self.isCertified = isCertified
    folder = TemporaryFolder()
    identity = try IdentityFiles(directory: folder.path).loadOrCreate()
  }

  private init(_ identity: Identity, of peer: TestPeer) {
    (self.identity, name, folder, isCertified) = (identity, peer.name, peer.folder, peer.isCertified)
  }

  /// The same node with a new key; a copy of the old one keeps the old key.
  package func rotated(at time: Int = 1_700_000_000) throws -> TestPeer {
    TestPeer(try IdentityFiles(directory: folder.path).rotate(identity, now: time), of: self)
  }

  package var id: PeerID { identity.id }

  /// How it makes requests. Only for the newest key, which is the one in the files.
  package func style(isHTTP2: Bool = false) -> Web.Style {
    guard isCertified else { return Web.Style(isHTTP2: isHTTP2) }
    return Web.Style(
      certificate: folder.path + "/identity.crt", key: folder.path + "/identity.key", isHTTP2: isHTTP2)
  }

  package enum Outcome: Sendable {
    case pending
    case token(String, TrustLevel)
    case refused(Web)
  }

  /// The client's end for a node whose certificate was seen in TLS.
  package func machine(for node: TestNode) throws -> HandshakeClient {
    let server = try node.identity
    return try HandshakeClient(
      identity: identity, name: name, port: 0, serverKey: server.publicKey, certificateHash: server.certificateHash,
      nonce: Random.bytes(32))
  }

  /// Does the handshake as far as it goes.
  package func handshake(with node: TestNode) async throws -> Outcome {
    var machine = try machine(for: node)
    var request = machine.first
    while true {
      let answer = try await Web.post("/v1/p2p/auth/handshake", request.json, to: node.port, style: style())
      guard answer.status < 300 else { return .refused(answer) }
      switch try machine.receive(HandshakeReply(json: answer.json)) {
      case .send(let next): request = next
      case .pending: return .pending
      case .authenticated(let grant): return .token(grant.token, grant.trust)
      }
    }
  }

  /// Becomes known, is approved, and gets a token.
  package func enter(_ node: TestNode, trust: String) async throws -> String {
    _ = try await handshake(with: node)
    _ = try await node.call("p2p.approve_peer", ["peer_id": .string(id.description), "trust": .string(trust)])
    guard case .token(let token, _) = try await handshake(with: node) else {
      throw TestFailure("no token for an approved peer")
    }
    return token
  }
}
