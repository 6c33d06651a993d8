import Logging
import PeerModel

/// Pairing with an invitation.
extension HandshakeDesk {
  /// Answers a stranger who says that it has a code.
  func invite(_ hello: Hello) throws(NodeError) -> HandshakeReply {
    try registry.checkMayJoin(hello.id)
    return joins.challenge(hello, introduction: introduction, now: Clock.steady, random: Random.bytes(48))
  }

  /// Takes the proof, and lets its sender in.
  func join(
    session: String, proof: [UInt8], from address: String, certificate: ClientCertificate?
  ) async throws -> HandshakeReply {
    let open = try await registry.invitations()
    let joined = try joins.finish(session: session, proof: proof, now: Clock.steady, open: open)
    try Self.check(certificate, isOf: joined.hello.id)
    try await registry.admit(
      joined.hello, with: joined.invitation, from: address, maximum: settings.current.p2p.maxPeers)
    logger.notice(
      "a peer has joined with an invitation",
      metadata: ["peer_id": "\(joined.hello.id)", "invitation": "\(joined.invitation.id)"])
    return .joined(proof: joined.proof, trust: joined.invitation.trust)
  }
}
