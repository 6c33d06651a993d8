import Crypto
import PeerModel
import Testing

@testable import PeerNode

/// Both ends of the handshake against each other, and against everybody who stands between or pretends.
@Suite struct HandshakeTests {
  @Test func twoNodesProveThemselvesToEachOther() throws {
    var bench = HandshakeBench()
    var client = try bench.caller()
    let reply = try bench.challenge(client.first)
    let proof = try HandshakeBench.proof(&client, reply)
    #expect(try bench.finish(proof) == bench.client.id)
    let grant = HandshakeReply.authenticated(token: "a.b.c", expiresIn: 900, trust: .trusted)
    let step = try client.receive(HandshakeBench.overTheWire(grant))
    #expect(
      step
        == .authenticated(
          .init(
            server: .init(id: bench.server.id, name: "server", key: bench.server.publicKey), token: "a.b.c",
            expiresIn: 900, trust: .trusted)))
  }

  @Test func aCallerThatWaitsLearnsWhoItWaitsFor() throws {
    let bench = HandshakeBench()
    var client = try bench.caller()
    guard case .hello(let hello) = client.first else { throw NodeError(.malformed, "not a hello") }
    try bench.machine.check(hello)
    let reply = HandshakeReply.pending(bench.machine.introduction)
    #expect(reply.status == 202)
    #expect(try client.receive(HandshakeBench.overTheWire(reply)) == .pending(bench.machine.introduction))
  }

  @Test func noSecretCrossesTheWire() throws {
    var bench = HandshakeBench()
    var client = try bench.caller()
    let reply = try bench.challenge(client.first)
    let proof = try HandshakeBench.proof(&client, reply)
    let sent = client.first.json.text + reply.json.text + proof.json.text
    for secret in [bench.client, bench.server] {
      let shared = try secret.sharedSecret(
        with: secret.id == bench.client.id ? bench.server.publicKey : bench.client.publicKey)
      let key = try P256.Signing.PrivateKey(pemRepresentation: secret.keyPEM)
      #expect(!sent.contains(Base64.encode(Array(key.rawRepresentation))))
      #expect(!sent.contains(Base64.encode(shared.withUnsafeBytes { Array($0) })))
    }
  }

  // MARK: A hello that was changed

  static let alterations: [(String, @Sendable (inout Hello) -> Void)] = [
    ("version", { $0.version.minor += 1 }), ("name", { $0.name = "cliens" }), ("port", { $0.port += 1 }),
    ("nonce", { $0.nonce[0] ^= 1 }), ("signature", { $0.signature[63] ^= 1 }),
    ("peer_id", { $0.id = HandshakeBench.identity().id }),
    ("public_key", { $0.key = HandshakeBench.identity().publicKey }),
    (
      "both",
      {
        let other = HandshakeBench.identity(); ($0.id, $0.key) = (other.id, other.publicKey)
      }
    ),
  ]

  @Test(arguments: alterations.indices) func everyAlteredFieldOfAHelloIsRefused(_ index: Int) throws {
    let (name, alter) = Self.alterations[index]
    let bench = HandshakeBench()
    guard case .hello(var hello) = try bench.caller().first else { throw NodeError(.malformed, "not a hello") }
    #expect(throws: Never.self) { try bench.machine.check(hello) }
    alter(&hello)
    let error = #expect(throws: NodeError.self, "\(name)") { try bench.machine.check(hello) }
    #expect(error?.code == .unauthenticated, "\(name)")
  }

  @Test func anotherMajorVersionIsRefusedByName() throws {
    let bench = HandshakeBench()
    guard case .hello(var hello) = try bench.caller().first else { throw NodeError(.malformed, "not a hello") }
    hello.version = ProtocolVersion(major: 2, minor: 0)
    expectRefusal(.unsupportedVersion, "this node speaks protocol 1.0, the other one 2.0") {
      try bench.machine.check(hello)
    }
  }

  @Test func aHelloForOneNodeIsWorthNothingAtAnother() throws {
    let bench = HandshakeBench()
    let other = HandshakeServer(identity: HandshakeBench.identity(), name: "other")
    guard case .hello(let hello) = try bench.caller().first else { throw NodeError(.malformed, "not a hello") }
    expectRefusal(.unauthenticated, "the signature does not verify for this node") { try other.check(hello) }
  }

  @Test func aNodeDoesNotTalkToItself() throws {
    let bench = HandshakeBench()
    guard case .hello(let hello) = try bench.caller(bench.server).first else {
      throw NodeError(.malformed, "not a hello")
    }
    expectRefusal(.conflict) { try bench.machine.check(hello) }
  }

  // MARK: Somebody in the middle

  @Test func aServerThatIsNotTheOneOfTheCertificateIsRefused() throws {
    var bench = HandshakeBench()
    let middle = HandshakeBench.identity()
    // The client is connected to the middle, whose certificate it sees; the middle passes everything on.
    var client = try bench.caller(seeing: middle)
    guard case .hello(let hello) = client.first else { throw NodeError(.malformed, "not a hello") }
    expectRefusal(.unauthenticated) { try bench.machine.check(hello) }
    // Even a server that did not check could not satisfy the client.
    let reply = try bench.machine.challenge(hello, now: bench.now, random: bench.random())
    expectRefusal(.unauthenticated, "the other node claims an identity that is not its certificate's") {
      try client.receive(reply)
    }
  }

  @Test func anotherCertificateOfTheSameKeyIsNoticed() throws {
    var bench = HandshakeBench()
    let key = try P256.Signing.PrivateKey(pemRepresentation: bench.server.keyPEM)
    let copy = Identity(privateKey: key, certificate: [1, 2, 3])
    var client = try bench.caller(seeing: copy)
    guard case .hello(let hello) = client.first else { throw NodeError(.malformed, "not a hello") }
    expectRefusal(.unauthenticated) { try bench.machine.check(hello) }
    let reply = try bench.machine.challenge(hello, now: bench.now, random: bench.random())
    expectRefusal(.unauthenticated, "the other node could not prove its identity") { try client.receive(reply) }
  }

  @Test func aMiddleWithItsOwnKeyCannotMakeTheServersProof() throws {
    let bench = HandshakeBench()
    var client = try bench.caller()
    guard case .hello(let hello) = client.first else { throw NodeError(.malformed, "not a hello") }
    // It knows everything but the server's private key.
    let middle = HandshakeBench.identity()
    let transcript = Transcript(
      version: hello.version, client: hello.key, server: bench.server.publicKey, clientNonce: hello.nonce,
      serverNonce: [UInt8](repeating: 7, count: 32), certificateHash: bench.server.certificateHash)
    let forged = HandshakeReply.challenge(
      .init(
        introduction: bench.machine.introduction, session: "s", nonce: transcript.serverNonce,
        proof: try transcript.proofs(middle).server))
    expectRefusal(.unauthenticated, "the other node could not prove its identity") { try client.receive(forged) }
  }

  @Test(arguments: 0..<4) func everyAlteredFieldOfAChallengeIsRefused(_ field: Int) throws {
    var bench = HandshakeBench()
    var client = try bench.caller()
    guard case .challenge(var challenge) = try bench.challenge(client.first) else { throw NodeError(.malformed, "no") }
    switch field {
    case 0: challenge.nonce[31] ^= 1
    case 1: challenge.proof[0] ^= 1
    case 2: challenge.introduction.id = bench.client.id
    default: challenge.introduction.key = bench.client.publicKey
    }
    expectRefusal(.unauthenticated) { try client.receive(.challenge(challenge)) }
  }

  @Test func theServersProofIsNoProofOfTheClient() throws {
    var bench = HandshakeBench()
    var client = try bench.caller()
    let reply = try bench.challenge(client.first)
    guard case .challenge(let challenge) = reply else { throw NodeError(.malformed, "no challenge") }
    // Sent back as it came: the roles differ, so it proves nothing.
    expectRefusal(.unauthenticated, "the proof is wrong") {
      try bench.finish(.proof(session: challenge.session, proof: challenge.proof))
    }
    // Nor does the client take its own proof for the server's.
    guard case .proof(_, let own) = try HandshakeBench.proof(&client, reply) else { throw NodeError(.malformed, "no") }
    var other = try bench.caller()
    var mirrored = challenge
    mirrored.proof = own
    expectRefusal(.unauthenticated) { try other.receive(.challenge(mirrored)) }
  }

  @Test func aChallengeOfAnEarlierExchangeIsRefused() throws {
    var bench = HandshakeBench()
    let first = try bench.caller()
    let old = try bench.challenge(first.first)
    var second = try bench.caller()
    expectRefusal(.unauthenticated, "the other node could not prove its identity") { try second.receive(old) }
  }

  // MARK: Order

  @Test func aTokenWithoutAChallengeIsRefused() throws {
    var client = try HandshakeBench().caller()
    expectRefusal(.unauthenticated) {
      try client.receive(.authenticated(token: "a.b.c", expiresIn: 900, trust: .full))
    }
  }

  @Test func aSecondChallengeIsRefused() throws {
    var bench = HandshakeBench()
    var client = try bench.caller()
    let reply = try bench.challenge(client.first)
    _ = try client.receive(reply)
    expectRefusal(.malformed, "a second challenge in one handshake") { try client.receive(reply) }
  }
}
