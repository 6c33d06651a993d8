import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// The handshake as strangers meet it: over HTTPS.
@Suite(.serialized) struct HandshakeDoorTests {
  static let path = "/v1/p2p/auth/handshake"

  @Test func aStrangerWaitsThenIsChallengedThenGetsAToken() async throws {
    try await TestNode.run("server") { node in
      let peer = try TestPeer("stranger")
      let hello = try await Web.post(Self.path, try peer.machine(for: node).first.json, to: node.port)
      #expect(hello.status == 202)
      #expect(hello.json["status"] == "pending")
      #expect(hello.json["peer_id"] == node.id.json)
      #expect(hello.json["name"] == "server")
      #expect(hello.json["version"] == "1.0")
      _ = try await node.call("p2p.approve_peer", ["peer_id": "stranger", "trust": "basic"])
      guard case .token(let token, let trust) = try await peer.handshake(with: node) else {
        throw TestFailure("no token")
      }
      #expect(trust == .basic)
      #expect(token.split(separator: ".").count == 3)
    }
  }

  @Test(arguments: [("p2p.reject_peer", "rejected"), ("peers.block", "blocked")])
  func aRefusedPeerIsToldSo(_ method: String, _ status: String) async throws {
    try await TestNode.run { node in
      let peer = try TestPeer("stranger")
      _ = try await peer.handshake(with: node)
      _ = try await node.call(method, ["peer_id": "stranger"])
      guard case .refused(let answer) = try await peer.handshake(with: node) else { throw TestFailure("not refused") }
      #expect(answer.status == 403)
      #expect(answer.code == "not_approved")
      #expect(try await node.call("p2p.list_peers", ["status": .string(status)])["count"] == 1)
    }
  }

  @Test func aProofIsGoodOnce() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      _ = try await peer.enter(node, trust: "basic")
      var machine = try peer.machine(for: node)
      let challenge = try await Web.post(Self.path, machine.first.json, to: node.port)
      guard case .send(let proof) = try machine.receive(HandshakeReply(json: challenge.json)) else {
        throw TestFailure("no proof to send")
      }
      #expect(try await Web.post(Self.path, proof.json, to: node.port).status == 200)
      let again = try await Web.post(Self.path, proof.json, to: node.port)
      #expect(again.status == 401)
      #expect(again.json["detail"] == "no such handshake session, or it was used")
    }
  }

  @Test func aDecisionBetweenTheTwoStepsCounts() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      _ = try await peer.enter(node, trust: "full")
      var machine = try peer.machine(for: node)
      let challenge = try await Web.post(Self.path, machine.first.json, to: node.port)
      guard case .send(let proof) = try machine.receive(HandshakeReply(json: challenge.json)) else {
        throw TestFailure("no proof to send")
      }
      _ = try await node.call("p2p.reject_peer", ["peer_id": peer.id.json])
      let answer = try await Web.post(Self.path, proof.json, to: node.port)
      #expect(answer.status == 403)
      #expect(answer.code == "not_approved")
    }
  }

  @Test func aHelloForAnotherNodeIsRefusedAndLeavesNothing() async throws {
    try await TestNode.runTwo { node, other in
      let hello = try TestPeer().machine(for: other).first
      let answer = try await Web.post(Self.path, hello.json, to: node.port)
      #expect(answer.status == 401)
      #expect(try await node.call("p2p.list_peers")["count"] == 0)
    }
  }

  @Test(
    arguments: [
      ("version", JSONValue.string("2.0"), 400, "unsupported_version"), ("version", "x", 422, "invalid_arguments"),
      ("name", "a/b", 422, "invalid_arguments"), ("signature", "AAAA", 422, "invalid_arguments"),
      ("nonce", .string(Base64.encode([UInt8](repeating: 0, count: 32))), 401, "unauthenticated"),
      ("step", "dance", 422, "invalid_arguments"), ("port", 70_000, 422, "invalid_arguments"),
    ] as [(String, JSONValue, Int, String)])
  func aBadHelloIsRefusedByKind(_ field: String, _ value: JSONValue, _ status: Int, _ code: String) async throws {
    try await TestNode.run { node in
      var members = try TestPeer().machine(for: node).first.json.objectValue ?? [:]
      members[field] = value
      let answer = try await Web.post(Self.path, .object(members), to: node.port)
      #expect(answer.status == status, "\(answer.json.text)")
      #expect(answer.code == code)
      #expect(try await node.call("p2p.list_peers")["count"] == 0)
    }
  }

  @Test func anotherMajorVersionIsToldBothVersions() async throws {
    try await TestNode.run { node in
      var members = try TestPeer().machine(for: node).first.json.objectValue ?? [:]
      members["version"] = "2.0"
      let answer = try await Web.post(Self.path, .object(members), to: node.port)
      #expect(answer.json["detail"] == "this node speaks protocol 1.0, the other one 2.0")
    }
  }

  @Test func oneAddressHasEightWaitingRequestsEvenAtOneMoment() async throws {
    try await TestNode.run { node in
      let peers = try (0..<30).map { try TestPeer("p\($0)") }
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for peer in peers {
          group.addTask { try await Web.post(Self.path, try peer.machine(for: node).first.json, to: node.port).status }
        }
        return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
      }
      #expect(statuses == [202: 8, 429: 22])
      #expect(try await node.call("pending.list")["count"] == 8)
      let late = try await Web.post(Self.path, try TestPeer().machine(for: node).first.json, to: node.port)
      #expect(late.status == 429)
      #expect(late.header("Retry-After") == "3600")
    }
  }

  @Test func strangersAreLimitedInHowOftenTheyAsk() async throws {
    try await TestNode.run { node in
      let proof: JSONValue = [
        "step": "proof", "session": "x", "proof": .string(Base64.encode([UInt8](repeating: 0, count: 32))),
      ]
      var statuses: Set<Int> = []
      // Many at once: a busy machine may be slower, one after the other, than the rate that is allowed.
      for _ in 0..<20 where !statuses.contains(429) {
        let round = try await withThrowingTaskGroup(of: Int.self) { group in
          for _ in 0..<64 { group.addTask { try await Web.post(Self.path, proof, to: node.port).status } }
          return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        statuses.formUnion(round)
      }
      #expect(statuses == [401, 429])
    }
  }
}
