import PeerModel
import Testing

@testable import PeerNode

/// Both machines of a pairing against each other.
@Suite struct JoinMachineTests {
  let joiner = HandshakeBench.identity()
  let inviter = HandshakeBench.identity()
  var server: JoinServer

  init() { server = JoinServer(identity: inviter) }

  static func invitation(_ secret: [UInt8], _ trust: TrustLevel = .trusted) -> Invitation {
    Invitation(
      id: "invite-\(secret[0])", secret: secret, trust: trust, createdAt: 0, expiresAt: 600, createdBy: "uid:0")
  }
  static let secret = [UInt8](repeating: 7, count: 10)
  static let open = [invitation([UInt8](repeating: 1, count: 10), .full), invitation(secret)]

  private func client(_ secret: [UInt8] = secret, seeing seen: Identity? = nil) throws -> JoinClient {
    let seen = seen ?? inviter
    let hello = try Hello(
      identity: joiner, name: "joiner", port: 8765, certificateHash: seen.certificateHash, nonce: Random.bytes(32))
    return try JoinClient(
      identity: joiner, code: InvitationCode(inviter: seen.id, secret: secret), hello: hello,
      serverKey: seen.publicKey, certificateHash: seen.certificateHash)
  }

  private func introduction(_ identity: Identity) -> HandshakeReply.Introduction {
    .init(id: identity.id, name: "inviter", key: identity.publicKey)
  }

  /// The proof that a client makes of a fresh challenge.
  private mutating func proof(_ client: inout JoinClient) throws -> (session: String, proof: [UInt8]) {
    guard case .join(let hello) = client.first else { throw NodeError(.malformed, "not a join") }
    let reply = server.challenge(hello, introduction: introduction(inviter), now: 0, random: Random.bytes(48))
    guard case .send(.invitation(let session, let proof)) = try client.receive(reply) else {
      throw NodeError(.malformed, "not a proof")
    }
    return (session, proof)
  }

  @Test mutating func whoKnowsTheCodeIsLetInAndKnowsThatTheOtherKnowsIt() throws {
    var client = try client()
    let (session, proof) = try proof(&client)
    let joined = try server.finish(session: session, proof: proof, now: 30, open: Self.open)
    #expect(joined.invitation == Self.open[1])
    #expect(joined.hello.id == joiner.id)
    #expect(
      try client.receive(.joined(proof: joined.proof, trust: .trusted)) == .joined(introduction(inviter), .trusted))
    // Another level than the one that was proved.
    expectRefusal(.unauthenticated) { try client.receive(.joined(proof: joined.proof, trust: .full)) }
  }

  @Test mutating func aWrongSecretIsRefused() throws {
    var client = try client([UInt8](repeating: 8, count: 10))
    let (session, proof) = try proof(&client)
    expectRefusal(.unauthenticated, JoinServer.invalid.message) {
      try server.finish(session: session, proof: proof, now: 0, open: Self.open)
    }
  }

  @Test mutating func aProofIsGoodForOneSessionOnceWithin30Seconds() throws {
    var client = try client()
    let (session, proof) = try proof(&client)
    var other = try self.client()
    let second = try self.proof(&other)
    expectRefusal(.unauthenticated) {
      try server.finish(session: second.session, proof: proof, now: 0, open: Self.open)
    }
    _ = try server.finish(session: session, proof: proof, now: 0, open: Self.open)
    expectRefusal(.unauthenticated, "no such join session, or it was used") {
      try server.finish(session: session, proof: proof, now: 0, open: Self.open)
    }
    var late = try self.client()
    let third = try self.proof(&late)
    expectRefusal(.unauthenticated, "the join session has expired") {
      try server.finish(session: third.session, proof: third.proof, now: 31, open: Self.open)
    }
  }

  @Test mutating func whoStandsBetweenCannotPassTheProofOn() throws {
    // The joiner sees the middle's certificate, whose id happens to begin like the inviter's.
    let middle = HandshakeBench.identity()
    var client = try client(seeing: middle)
    let own = try Hello(
      identity: joiner, name: "joiner", port: 8765, certificateHash: inviter.certificateHash, nonce: Random.bytes(32))
    guard
      case .invited(_, let session, let nonce) = server.challenge(
        own, introduction: introduction(inviter), now: 0, random: Random.bytes(48)),
      case .send(.invitation(_, let proof)) = try client.receive(
        .invited(introduction(middle), session: session, nonce: nonce))
    else { throw NodeError(.malformed, "not a proof") }
    expectRefusal(.unauthenticated, JoinServer.invalid.message) {
      try server.finish(session: session, proof: proof, now: 0, open: Self.open)
    }
  }

  @Test func theClientTakesNothingOutOfTurnAndNothingUnproved() throws {
    var client = try client()
    expectRefusal(.unauthenticated) { try client.receive(.joined(proof: [], trust: .full)) }
    expectRefusal(.malformed) { try client.receive(.pending(introduction(inviter))) }
    let nonce = [UInt8](repeating: 1, count: 32)
    expectRefusal(.unauthenticated) {
      try client.receive(.invited(introduction(joiner), session: "s", nonce: nonce))
    }
    _ = try client.receive(.invited(introduction(inviter), session: "s", nonce: nonce))
    expectRefusal(.malformed) { try client.receive(.invited(introduction(inviter), session: "s", nonce: nonce)) }
    expectRefusal(.unauthenticated) {
      try client.receive(.joined(proof: [UInt8](repeating: 0, count: 32), trust: .full))
    }
  }

  @Test func aCodeOfAnotherNodeIsNotEvenTried() throws {
    let code = InvitationCode(inviter: inviter.id, secret: Self.secret)
    let hello = try Hello(
      identity: joiner, name: "joiner", port: 1, certificateHash: [], nonce: Random.bytes(32))
    expectRefusal(.unauthenticated) {
      try JoinClient(
        identity: joiner, code: code, hello: hello, serverKey: joiner.publicKey, certificateHash: [])
    }
  }

  @Test func everyTypingMistakeIsTold() throws {
    let text = "ed57-eb34-ucq2-fi5e-uwtk-pkfj-m7xd"
    #expect(try InvitationCode(text).text == text)
    #expect(try InvitationCode("ED57EB34 ucq2fi5euwtkpkfjm7xd").text == text)
    for wrong in [
      "", "ed57", text + "a", text.replacing("u", with: "1"), text.replacing("uc", with: "cu"),
      text.replacing("m7", with: "n7"), String(repeating: "-", count: 200),
    ] {
      expectRefusal(.invalidArguments) { try InvitationCode(wrong) }
    }
  }
}
