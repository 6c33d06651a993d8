import PeerModel
import Testing

@testable import PeerNode

/// How long and how often a challenge is good.
@Suite struct HandshakeSessionTests {
  /// A bench with one open challenge and its right answer.
  static func opened() throws -> (HandshakeBench, HandshakeRequest) {
    var bench = HandshakeBench()
    var client = try bench.caller()
    let reply = try bench.challenge(client.first)
    return (bench, try HandshakeBench.proof(&client, reply))
  }

  @Test func aSessionIsGoodOnce() throws {
    var (bench, proof) = try Self.opened()
    #expect(try bench.finish(proof) == bench.client.id)
    expectRefusal(.unauthenticated, "no such handshake session, or it was used") { try bench.finish(proof) }
  }

  @Test func aWrongProofUsesTheSessionUp() throws {
    var (bench, proof) = try Self.opened()
    guard case .proof(let session, var bytes) = proof else { throw NodeError(.malformed, "not a proof") }
    bytes[5] ^= 0x80
    expectRefusal(.unauthenticated, "the proof is wrong") { try bench.finish(.proof(session: session, proof: bytes)) }
    expectRefusal(.unauthenticated, "no such handshake session, or it was used") { try bench.finish(proof) }
  }

  @Test(arguments: [(0, true), (29, true), (30, true), (31, false), (86_400, false)])
  func aSessionLasts30Seconds(_ seconds: Int, _ isGood: Bool) throws {
    var (bench, proof) = try Self.opened()
    bench.now += seconds
    if isGood {
      #expect(try bench.finish(proof) == bench.client.id)
    } else {
      expectRefusal(.unauthenticated, "the handshake session has expired") { try bench.finish(proof) }
    }
  }

  @Test func theProofOfOneSessionIsWorthNothingInAnother() throws {
    var bench = HandshakeBench()
    var first = try bench.caller()
    var second = try bench.caller()
    let proofs = [
      try HandshakeBench.proof(&first, try bench.challenge(first.first)),
      try HandshakeBench.proof(&second, try bench.challenge(second.first)),
    ]
    guard case .proof(let session, _) = proofs[0], case .proof(_, let proof) = proofs[1] else {
      throw NodeError(.malformed, "not proofs")
    }
    expectRefusal(.unauthenticated, "the proof is wrong") { try bench.finish(.proof(session: session, proof: proof)) }
    #expect(try bench.finish(proofs[1]) == bench.client.id)
  }

  @Test func onePeerHasEightOpenSessionsAndNoMore() throws {
    var bench = HandshakeBench()
    var proofs: [HandshakeRequest] = []
    for _ in 0..<9 {
      var client = try bench.caller()
      proofs.append(try HandshakeBench.proof(&client, try bench.challenge(client.first)))
    }
    expectRefusal(.unauthenticated, "no such handshake session, or it was used") { try bench.finish(proofs[0]) }
    for proof in proofs.dropFirst() { #expect(try bench.finish(proof) == bench.client.id) }
  }

  @Test func aPeerThatOpensManySessionsDoesNotDropAnothers() throws {
    var (bench, proof) = try Self.opened()
    let busy = HandshakeBench.identity()
    for _ in 0..<40 { _ = try bench.challenge(try bench.caller(busy).first) }
    #expect(try bench.finish(proof) == bench.client.id)
  }

  @Test func sessionsAreBoundedInAll() throws {
    var (bench, proof) = try Self.opened()
    for index in 0..<HandshakeServer.maximumSessions {
      guard case .hello(let hello) = try bench.caller(HandshakeBench.identity()).first else {
        throw NodeError(.malformed, "not a hello")
      }
      let random = withUnsafeBytes(of: index.bigEndian) { [UInt8](repeating: 0, count: 40) + Array($0) }
      _ = try bench.machine.challenge(hello, now: bench.now, random: random)
    }
    expectRefusal(.unauthenticated, "no such handshake session, or it was used") { try bench.finish(proof) }
  }

  @Test func expiredSessionsMakeRoomBeforeLivingOnes() throws {
    var bench = HandshakeBench()
    for _ in 0..<8 { _ = try bench.challenge(try bench.caller().first) }
    bench.now += 31
    var proofs: [HandshakeRequest] = []
    for _ in 0..<8 {
      var client = try bench.caller()
      proofs.append(try HandshakeBench.proof(&client, try bench.challenge(client.first)))
    }
    for proof in proofs { #expect(try bench.finish(proof) == bench.client.id) }
  }
}
