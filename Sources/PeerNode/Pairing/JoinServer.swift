package import PeerModel

/// The inviter's end of a pairing as a pure state machine: messages, time and randomness in, answers out.
package struct JoinServer: Sendable {
  /// What a challenge has told, by which the proof is checked.
  private struct Step {
    var hello: Hello
    var nonce: [UInt8]
  }
  /// Who has proved to know a code.
  package struct Joined: Sendable {
    package var hello: Hello
    package var invitation: Invitation
    /// The inviter's proof, to be sent once the joiner is in.
    package var proof: [UInt8]
  }

  private let identity: Identity
  private var sessions = SessionTable<Step>(kind: "join", hint: "begin again")

  package init(identity: Identity) { self.identity = identity }

  /// Says the same of every code that does not fit: whether it was mistaken, used, revoked or has expired is not a
  /// stranger's to learn.
  package static let invalid = NodeError(
    .unauthenticated, "the invitation is not valid: it may be mistyped, used, revoked or expired",
    hint: "on the inviting node, run: r invite")

  /// Answers a hello that ``HandshakeServer/check(_:)`` has let through. Nothing is recorded of the caller.
  /// - Parameters:
  ///   - now: seconds, from any steady clock.
  ///   - random: 48 fresh random bytes: the nonce and the session's name.
  package mutating func challenge(
    _ hello: Hello, introduction: HandshakeReply.Introduction, now: Int, random: [UInt8]
  ) -> HandshakeReply {
    let nonce = Array(random.prefix(Hello.nonceCount))
    let session = Base64.encode(Array(random.dropFirst(Hello.nonceCount)))
    sessions.open(session, for: hello.id, Step(hello: hello, nonce: nonce), now: now)
    return .invited(introduction, session: session, nonce: nonce)
  }

  /// Takes the joiner's proof; whatever comes of it, the session is used up.
  /// - Parameter open: the invitations that are open; the proof does not say which one it means, and all are tried.
  /// - Throws: ``NodeError`` `unauthenticated`.
  package mutating func finish(session: String, proof: [UInt8], now: Int, open: [Invitation]) throws(NodeError)
    -> Joined
  {
    let (_, step) = try sessions.take(session, now: now)
    let hello = step.hello
    let transcript = JoinTranscript(
      version: hello.version, joiner: hello.key, inviter: identity.publicKey, joinerNonce: hello.nonce,
      inviterNonce: step.nonce, certificateHash: identity.certificateHash)
    guard let agreement = try? transcript.agreement(identity) else { throw Self.invalid }
    var joined: Joined?
    for invitation in open {
      let proofs = transcript.proofs(agreement: agreement, secret: invitation.secret)
      guard proofs.isJoiner(proof) else { continue }
      joined = Joined(
        hello: hello, invitation: invitation, proof: proofs.inviter(granting: invitation.trust))
    }
    guard let joined else { throw Self.invalid }
    return joined
  }
}
