import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Pairing two nodes with a code.
@Suite(.serialized) struct InvitationTests {
  static func invite(_ node: TestNode, _ parameters: JSONValue = ["trust": "trusted"]) async throws -> JSONValue {
    try await node.call("invites.create", parameters)["code"] ?? .null
  }

  static func join(_ code: JSONValue, _ node: TestNode, to inviter: TestNode) async throws -> JSONValue {
    try await node.call(
      "peers.join",
      ["code": code, "host": "127.0.0.1", "port": .integer(Int64(inviter.port)), "trust": "basic"])
  }

  @Test func oneCodePairsBothSides() async throws {
    try await TestNode.runTwo { alpha, beta in
      let watching = try await LocalSocket(alpha.socket)
      try await watching.send(method: "events.subscribe")
      let code = try await Self.invite(alpha)
      let joined = try await Self.join(code, beta, to: alpha)
      #expect(joined["peer_id"] == alpha.id.json)
      #expect(joined["trust"] == "basic")
      let there = try await alpha.call("p2p.peer_status", ["peer_id": beta.id.json])
      #expect(there["status"] == "approved")
      #expect(there["trust"] == "trusted")
      var event: JSONValue = .null
      while event["type"] != "peer_approved" { event = try await watching.next()["params"]?["value"] ?? .null }
      #expect(event["peer"]?["peer_id"] == beta.id.json)
      await watching.close()
      #expect(try await alpha.call("invites.list")["invitations"] == [])
      let call = (TwoNodesTests.count.objectValue ?? [:]).merging(["peer_id": alpha.id.json]) { $1 }
      #expect(try await beta.call("p2p.remote_skill", .object(call))["success"] == true)
      // Used up.
      await expectRefusal(.unauthenticated, JoinServer.invalid.message) { try await Self.join(code, beta, to: alpha) }
    }
  }

  @Test func ofTwoWhoJoinAtOnceExactlyOneWins() async throws {
    try await TestNode.run("gamma") { gamma in
      try await TestNode.runTwo { alpha, beta in
        let code = try await Self.invite(alpha)
        async let first = try? Self.join(code, beta, to: alpha)
        async let second = try? Self.join(code, gamma, to: alpha)
        let winners = await [first, second].compactMap { $0 }
        #expect(winners.count == 1)
        let peers = try await alpha.call("p2p.list_peers", ["status": "approved"])
        #expect(peers["count"] == 1)
      }
    }
  }

  @Test func aCodeSurvivesARestartAndARevokedOneIsWorthNothing() async throws {
    let folder = TemporaryFolder()
    var codes: [JSONValue] = []
    try await TestNode.run("alpha", in: folder) { alpha in
      codes = [try await Self.invite(alpha), try await Self.invite(alpha)]
      let open = try await alpha.call("invites.list")["invitations"]?.arrayValue ?? []
      #expect(open.count == 2)
    }
    try await TestNode.run("alpha", in: folder) { alpha in
      try await TestNode.run("beta") { beta in
        _ = try await Self.join(codes[0], beta, to: alpha)
        let revoked = try await alpha.call("invites.revoke", ["all": true])
        #expect(revoked["revoked"]?.arrayValue?.count == 1)
        await expectRefusal(.unauthenticated, JoinServer.invalid.message) {
          try await Self.join(codes[1], beta, to: alpha)
        }
      }
    }
  }

  @Test func aRefusedPeerCannotJoinAndDoesNotUseTheCodeUp() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      _ = try await beta.call("peers.block", ["peer_id": alpha.id.json])
      let code = try await Self.invite(beta)
      await expectRefusal(.notApproved) { try await Self.join(code, alpha, to: beta) }
      _ = try await beta.call("peers.remove", ["peer_id": alpha.id.json])
      _ = try await Self.join(code, alpha, to: beta)
    }
  }

  @Test func aCodeOfAnotherNodeAndOnesOwnAreTold() async throws {
    try await TestNode.runTwo { alpha, beta in
      let code = try await Self.invite(alpha)
      await expectRefusal(.conflict) { try await Self.join(code, alpha, to: beta) }
      let other = InvitationCode(inviter: HandshakeBench.identity().id, secret: Random.bytes(10)).text
      await expectRefusal(.unauthenticated) { try await Self.join(.string(other), beta, to: alpha) }
      let wrong = InvitationCode(inviter: alpha.id, secret: Random.bytes(10)).text
      await expectRefusal(.unauthenticated, JoinServer.invalid.message) {
        try await Self.join(.string(wrong), beta, to: alpha)
      }
      #expect(try await alpha.call("p2p.list_peers")["count"] == 0, "nothing is kept of a stranger")
      #expect(try await beta.call("p2p.list_peers")["count"] == 0)
    }
  }
}
