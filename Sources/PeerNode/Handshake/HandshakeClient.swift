package import PeerModel

/// The calling end of the handshake as a pure state machine: replies in, next message or outcome out.
package struct HandshakeClient: Sendable {
  package enum Step: Hashable, Sendable {
    /// Send this next.
    case send(HandshakeRequest)
    /// The other owner has not decided yet.
    case pending(HandshakeReply.Introduction)
    case authenticated(Grant)
  }
  /// What an authenticated caller holds.
  package struct Grant: Hashable, Sendable {
    package var server: HandshakeReply.Introduction
    package var token: String
    /// Seconds from now.
    package var expiresIn: Int
    /// What the other node lets this one do.
    package var trust: TrustLevel
  }

  private let identity: Identity
  private var hello: Hello
  private let serverKey: IdentityKey
  private let certificateHash: [UInt8]
  private var server: HandshakeReply.Introduction?

  /// - Parameters:
  ///   - port: where this node's own peer API listens; 0 when it does not.
  ///   - serverKey: the key of the certificate that TLS showed.
  ///   - certificateHash: SHA-256 of that certificate.
  ///   - nonce: 32 fresh random bytes.
  ///   - knocks: asks the other node to introduce itself in turn, since something about it has changed here.
  /// - Throws: ``NodeError`` `internal` when the hello cannot be signed.
  package init(
    identity: Identity, name: String, port: Int, serverKey: IdentityKey, certificateHash: [UInt8], nonce: [UInt8],
    knocks: Bool = false
  ) throws(NodeError) {
    self.identity = identity
    self.serverKey = serverKey
    self.certificateHash = certificateHash
    hello = try Hello(
      identity: identity, name: name, port: port, certificateHash: certificateHash, nonce: nonce)
    hello.knocks = knocks
  }

  /// The first message.
  package var first: HandshakeRequest { .hello(hello) }

  /// Takes a reply.
  /// - Throws: ``NodeError`` `unauthenticated` when the server is not the one that TLS showed, or its proof is wrong.
  package mutating func receive(_ reply: HandshakeReply) throws(NodeError) -> Step {
    switch reply {
    case .pending(let introduction):
      try check(introduction)
      return .pending(introduction)
    case .challenge(let challenge):
      guard server == nil else { throw NodeError(.malformed, "a second challenge in one handshake") }
      try check(challenge.introduction)
      server = challenge.introduction
      let transcript = Transcript(
        version: hello.version, client: identity.publicKey, server: serverKey, clientNonce: hello.nonce,
        serverNonce: challenge.nonce, certificateHash: certificateHash)
      guard let proofs = try? transcript.proofs(identity), proofs.isServer(challenge.proof) else {
        throw NodeError(.unauthenticated, "the other node could not prove its identity")
      }
      return .send(.proof(session: challenge.session, proof: proofs.client))
    case .authenticated(let token, let expiresIn, let trust):
      guard let server else { throw NodeError(.unauthenticated, "the other node gave a token without a challenge") }
      return .authenticated(Grant(server: server, token: token, expiresIn: expiresIn, trust: trust))
    case .invited, .joined: throw NodeError(.malformed, "an answer that does not belong to a handshake")
    }
  }

  private func check(_ introduction: HandshakeReply.Introduction) throws(NodeError) {
    guard introduction.key == serverKey, introduction.id == serverKey.id else {
      throw NodeError(.unauthenticated, "the other node claims an identity that is not its certificate's")
    }
  }
}
