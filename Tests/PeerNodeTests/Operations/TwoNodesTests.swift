import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Two nodes and their owners, from adding to refusing.
@Suite(.serialized) struct TwoNodesTests {
  static let count: JSONValue = ["skill": "text", "tool": "word_count", "arguments": ["text": "one two three"]]

  /// Alpha's owner adds beta, beta's approves.
  static func introduce(_ alpha: TestNode, to beta: TestNode, trust: String = "trusted") async throws {
    let added = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(beta.port))])
    #expect(added["peer_id"] == beta.id.json)
    #expect(added["name"] == "beta")
    let pending = try await beta.call("pending.list")
    #expect(pending["count"] == 1)
    #expect(pending["pending"]?.arrayValue?.first?["peer_id"] == alpha.id.json)
    // Both owners see the same code.
    #expect(pending["pending"]?.arrayValue?.first?["verification_code"] == added["verification_code"])
    #expect(added["verification_code"]?.stringValue?.count == 9)
    let approved = try await beta.call("p2p.approve_peer", ["peer_id": "alpha", "trust": .string(trust)])
    #expect(approved["status"] == "approved")
    #expect(approved["trust"] == .string(trust))
  }

  static func callBeta(_ alpha: TestNode, _ call: JSONValue = count) async throws -> JSONValue {
    var members = call.objectValue ?? [:]
    members["peer_id"] = "beta"
    return try await alpha.call("p2p.remote_skill", .object(members))
  }

  @Test func anApprovedNodeMayCall() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await Self.introduce(alpha, to: beta)
      let result = try await Self.callBeta(alpha)
      #expect(result["success"] == true)
      #expect(result["result"]?["words"] == 3)
      #expect(result["error"] == .null)
      #expect(result["request_id"]?.stringValue?.isEmpty == false)
      #expect(try await alpha.call("p2p.peer_status", ["peer_id": "beta"])["online"] == true)
    }
  }

  @Test func whoeverIsNotApprovedIsToldWhatToDo() async throws {
    try await TestNode.runTwo { alpha, beta in
      _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(beta.port))])
      await expectRefusal(.notApproved, "beta has not approved this node yet; the request waits there") {
        try await Self.callBeta(alpha)
      }
    }
  }

  @Test func trustIsDirectional() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await Self.introduce(alpha, to: beta)
      _ = try await Self.callBeta(alpha)
      // Beta may do nothing on alpha: its owner has decided nothing.
      let peer = try await alpha.call("p2p.peer_status", ["peer_id": "beta"])
      #expect(peer["trust_level"] != 75)
      await expectRefusal(.notApproved) {
        try await beta.call(
          "p2p.remote_skill", ["peer_id": "alpha", "skill": "text", "tool": "word_count", "arguments": ["text": "a"]])
      }
    }
  }

  @Test(arguments: ["p2p.reject_peer", "peers.block", "peers.remove"])
  func aRefusalStopsTheVeryNextCall(_ method: String) async throws {
    try await TestNode.runTwo { alpha, beta in
      try await Self.introduce(alpha, to: beta)
      _ = try await Self.callBeta(alpha)
      _ = try await beta.call(method, ["peer_id": "alpha"])
      await expectRefusal(.notApproved) { try await Self.callBeta(alpha) }
    }
  }

  @Test func aLowerLevelStopsTheVeryNextCallAndAHigherOneAllowsIt() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await Self.introduce(alpha, to: beta)
      _ = try await Self.callBeta(alpha)
      _ = try await beta.call("peers.trust", ["peer_id": "alpha", "trust": "basic"])
      await expectRefusal(.notAllowed) { try await Self.callBeta(alpha) }
      _ = try await beta.call("peers.trust", ["peer_id": "alpha", "trust": 100])
      #expect(try await Self.callBeta(alpha)["success"] == true)
    }
  }

  @Test func callsChangeNothingAboutTrust() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await Self.introduce(alpha, to: beta)
      for _ in 0..<5 { _ = try await Self.callBeta(alpha) }
      _ = try? await Self.callBeta(alpha, ["skill": "none", "tool": "none"])
      let peer = try await beta.call("p2p.peer_status", ["peer_id": "alpha"])
      #expect(peer["trust_level"] == 75)
      #expect(peer["approved_by"] == "uid:0" || peer["approved_by"]?.stringValue?.hasPrefix("uid:") == true)
    }
  }

  @Test func aHiddenSkillIsNotThere() async throws {
    try await TestNode.runTwo(configure: { $0.p2p.hideSkills = ["text"] }) { alpha, beta in
      try await Self.introduce(alpha, to: beta, trust: "full")
      await expectRefusal(.skillNotFound) { try await Self.callBeta(alpha) }
      let skills = try await alpha.call("skills.list", ["peer_id": "beta"])
      #expect(skills["skills"]?.arrayValue?.contains { $0["name"] == "text" } == false)
      let verdict = try await beta.call("peers.can", ["peer_id": "alpha", "action": "text.word_count"])
      #expect(verdict["here"]?["rule"] == "p2p.hide_skills has text")
    }
  }

  @Test func theOwnSkillIsNeverExposed() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await Self.introduce(alpha, to: beta, trust: "full")
      let skills = try await alpha.call("skills.list", ["peer_id": "beta"])["skills"]?.arrayValue
      #expect(skills?.contains { $0["name"] == "text" } == true)
      #expect(skills?.contains { $0["name"] == "p2p" } == false)
      await expectRefusal(.skillNotFound) { try await Self.callBeta(alpha, ["skill": "p2p", "tool": "list_peers"]) }
      // The owner has it.
      let own = try await alpha.call("skills.call", ["skill": "p2p", "tool": "list_peers"])
      #expect(own["result"]?["count"] == 1)
    }
  }

  @Test(arguments: [0, 1, 3 << 20]) func aFileArrivesWhole(_ size: Int) async throws {
    try await TestNode.runTwo { alpha, beta in
      try await Self.introduce(alpha, to: beta)
      let local = try await LocalSocket(alpha.socket)
      let bytes = (0..<size).map { UInt8($0 % 251) }
      try await local.send(
        method: "p2p.remote_skill",
        [
          "peer_id": "beta", "skill": "text", "tool": "word_count",
          "arguments": ["file": ["name": "a.bin", "$stream": 1, "size": .integer(Int64(size))]],
        ])
      try await local.send(file: bytes)
      let result = try await local.answer(to: 1)
      #expect(result["result"]?["bytes"] == .integer(Int64(size)))
      #expect(result["result"]?["lines"] == .integer(Int64(bytes.filter { $0 == 0x0A }.count)))
      await local.close()
    }
  }

  @Test func aNodeDoesNotAddItself() async throws {
    try await TestNode.run { node in
      await expectRefusal(.conflict) {
        try await node.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(node.port))])
      }
      let peers = try await node.call("p2p.list_peers")
      #expect(peers["count"] == 0)
    }
  }

  @Test func anAddressWhereNobodyIsIsSaidToBeUnreachable() async throws {
    try await TestNode.run { node in
      await expectRefusal(.peerUnreachable) { try await node.call("p2p.add_peer", ["host": "127.0.0.1", "port": 1]) }
      let peers = try await node.call("p2p.list_peers")
      #expect(peers["count"] == 0)
    }
  }

  @Test func whatWasDecidedSurvivesARestart() async throws {
    try await TestNode.run("beta") { beta in
      let folder = TemporaryFolder()
      var id: PeerID?
      try await TestNode.run("alpha", in: folder) { alpha in
        try await Self.introduce(alpha, to: beta)
        id = alpha.id
      }
      try await TestNode.run("alpha", in: folder) { alpha in
        #expect(alpha.id == id)
        let result = try await Self.callBeta(alpha)
        #expect(result["success"] == true)
      }
    }
  }

  @Test func withoutApprovalFirstContactIsEnoughAndIsWarnedAbout() async throws {
    try await TestNode.run("alpha") { alpha in
      try await TestNode.run(
        "beta",
        configure: {
          $0.p2p.requireApproval = false; $0.p2p.defaultTrust = .trusted
        }
      ) { beta in
        _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(beta.port))])
        #expect(try await Self.callBeta(alpha)["success"] == true)
        let warnings = try await beta.call("p2p.p2p_status")["warnings"]?.arrayValue ?? []
        #expect(warnings.contains { $0.stringValue?.contains("require_approval is false") == true })
      }
    }
  }

  @Test func bothDirectionsOfAVerdictAreExplained() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await Self.introduce(alpha, to: beta, trust: "basic")
      let verdict = try await alpha.call("peers.can", ["peer_id": "beta", "action": "text.word_count"])
      #expect(verdict["there"]?["allowed"] == false)
      #expect(verdict["there"]?["rule"] == "beta gives this node trust level basic")
      #expect(verdict["there"]?["change"] == .string("on beta, run: r trust \(alpha.id.short) trusted"))
      #expect(verdict["here"]?["allowed"] == false)
      let other = try await beta.call("peers.can", ["peer_id": "alpha", "action": "run_task"])
      #expect(other["here"]?["allowed"] == true)
      #expect(other["here"]?["rule"] == "alpha has trust level basic here")
    }
  }
}
