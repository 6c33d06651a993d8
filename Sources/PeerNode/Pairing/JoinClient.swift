package import PeerModel

/// The joiner's end of a pairing as a pure state machine.
package struct JoinClient: Sendable {
  package enum Step: Hashable, Sendable {
    case send(HandshakeRequest)
    /// The other node knows the code, and lets this one in at that level.
    case joined(HandshakeReply.Introduction, TrustLevel)
  }

  private let identity: Identity
  private let code: InvitationCode
  private let hello: Hello
  private let serverKey: IdentityKey
  private let certificateHash: [UInt8]
  private var challenged: (introduction: HandshakeReply.Introduction, proofs: JoinTranscript.Proofs)?

  /// - Parameters:
  ///   - hello: of this node, signed for that certificate, with a fresh nonce.
  ///   - serverKey: the key of the certificate that TLS showed.
  ///   - certificateHash: SHA-256 of that certificate.
  /// - Throws: ``NodeError`` `unauthenticated` when the code is not of the node that answers.
  package init(
    identity: Identity, code: InvitationCode, hello: Hello, serverKey: IdentityKey, certificateHash: [UInt8]
  ) throws(NodeError) {
    guard code.means(serverKey.id) else {
      throw NodeError(
        .unauthenticated, "\(serverKey.id) answers, but the code is of peer-\(code.idLetters)",
        hint: "name the machine on which r invite was run")
    }
    (self.identity, self.code, self.hello) = (identity, code, hello)
    (self.serverKey, self.certificateHash) = (serverKey, certificateHash)
  }

  /// The first message.
  package var first: HandshakeRequest { .join(hello) }

  /// - Throws: ``NodeError`` `unauthenticated` when the other node is not the one that TLS showed, or does not know the
  ///   code; `malformed` for a reply out of its turn.
  package mutating func receive(_ reply: HandshakeReply) throws(NodeError) -> Step {
    switch reply {
    case .invited(let introduction, let session, let nonce):
      guard challenged == nil else { throw NodeError(.malformed, "a second challenge in one pairing") }
      guard introduction.key == serverKey, introduction.id == serverKey.id else {
        throw NodeError(.unauthenticated, "the other node claims an identity that is not its certificate's")
      }
      let transcript = JoinTranscript(
        version: hello.version, joiner: identity.publicKey, inviter: serverKey, joinerNonce: hello.nonce,
        inviterNonce: nonce, certificateHash: certificateHash)
      guard let agreement = try? transcript.agreement(identity) else {
        throw NodeError(.unauthenticated, "no secret can be agreed with this key")
      }
      let proofs = transcript.proofs(agreement: agreement, secret: code.secret)
      challenged = (introduction, proofs)
      return .send(.invitation(session: session, proof: proofs.joiner))
    case .joined(let proof, let trust):
      guard let challenged, challenged.proofs.isInviter(proof, granting: trust) else {
        throw NodeError(.unauthenticated, "the other node could not prove that it knows the code")
      }
      return .joined(challenged.introduction, trust)
    case .pending, .challenge, .authenticated:
      throw NodeError(.malformed, "an answer that does not belong to a pairing")
    }
  }
}
