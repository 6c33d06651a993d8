package import PeerModel
package import PeerNode

/// A peer of which only the identity and the handshake exist.
package struct TestPeer: Sendable {
  package let identity: Identity
  package let name: String
  private let folder: TemporaryFolder

  package init(_ name: String = "peer") throws {
    self.name = name
    folder = TemporaryFolder()
    identity = try IdentityFiles(directory: folder.path).loadOrCreate()
  }

  package var id: PeerID { identity.id }

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
      let answer = try await Web.post("/v1/p2p/auth/handshake", request.json, to: node.port)
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
