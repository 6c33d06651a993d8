package import PeerModel

/// The receiving end of the handshake as a pure state machine: messages, time and randomness in, answers out.
///
/// It knows nothing of the registry: whoever drives it looks the peer up between the steps, and again at the end.
package struct HandshakeServer: Sendable {
  /// How long a challenge waits for its proof, seconds.
  package static let sessionLifetime = 30
  /// Open challenges in all; a further one drops the oldest.
  package static let maximumSessions = 256
  /// Open challenges of one peer; a further one drops its oldest.
  package static let maximumSessionsPerPeer = 8

  private let identity: Identity
  private let name: String
  private var sessions = SessionTable<Transcript.Proofs>(kind: "handshake", hint: "begin again with a hello")

  package init(identity: Identity, name: String) {
    self.identity = identity
    self.name = name
  }

  package var introduction: HandshakeReply.Introduction {
    .init(id: identity.id, name: name, key: identity.publicKey)
  }

  /// Checks a hello, before anything is looked up or recorded.
  /// - Throws: ``NodeError`` `unsupported_version`, `unauthenticated`, or `conflict` for this node's own identity.
  package func check(_ hello: Hello) throws(NodeError) {
    try ProtocolVersion.current.checkCompatible(with: hello.version)
    try hello.verify(certificateHash: identity.certificateHash)
    guard hello.id != identity.id else {
      throw NodeError(
        .conflict, "the caller has this node's own identity: it is this node itself, or a copy of its state folder",
        hint: "on the copy, start as a new node: delete its identity.key and identity.crt")
    }
  }

  /// Answers the hello of an approved peer.
  /// - Parameters:
  ///   - now: seconds, from any steady clock.
  ///   - random: 48 fresh random bytes: the server's nonce and the session's name.
  /// - Throws: ``NodeError`` `unauthenticated` when no secret can be agreed with the peer's key.
  package mutating func challenge(_ hello: Hello, now: Int, random: [UInt8]) throws(NodeError) -> HandshakeReply {
    let nonce = Array(random.prefix(Hello.nonceCount))
    let session = Base64.encode(Array(random.dropFirst(Hello.nonceCount)))
    let transcript = Transcript(
      version: hello.version, client: hello.key, server: identity.publicKey, clientNonce: hello.nonce,
      serverNonce: nonce, certificateHash: identity.certificateHash)
    guard let proofs = try? transcript.proofs(identity) else {
      throw NodeError(.unauthenticated, "no secret can be agreed with this key")
    }
    sessions.open(session, for: hello.id, proofs, now: now)
    return .challenge(
      .init(introduction: introduction, session: session, nonce: nonce, proof: proofs.server))
  }

  /// Takes the proof; whatever comes of it, the session is used up.
  /// - Returns: the peer that has proved to hold its key.
  /// - Throws: ``NodeError`` `unauthenticated`.
  package mutating func finish(session: String, proof: [UInt8], now: Int) throws(NodeError) -> PeerID {
    let (peer, proofs) = try sessions.take(session, now: now)
    guard proofs.isClient(proof) else { throw NodeError(.unauthenticated, "the proof is wrong") }
    return peer
  }
}
