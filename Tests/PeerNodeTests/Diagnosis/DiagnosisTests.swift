import LocalAPI
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Whole diagnoses of real nodes, without a network.
@Suite(.serialized) struct DiagnosisTests {
  static func diagnose(_ node: TestNode, _ peer: String? = nil) async throws -> Diagnosis {
    try Diagnosis(json: await node.call("node.diagnose", .compact(["peer": peer?.json, "timeout": 5])))
  }

  static func address(_ node: TestNode) -> String { "127.0.0.1:\(node.port)" }

  private func expect(
    _ diagnosis: Diagnosis, _ check: CheckID, _ status: Finding.Status, _ words: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let found = diagnosis.checks.filter { $0.id == check.rawValue }
    let fits = found.contains {
      $0.status == status && (words.isEmpty || "\($0.summary) \($0.cause ?? "")".contains(words))
    }
    #expect(fits, "\(check.rawValue): \(found.map(\.json.text))", sourceLocation: sourceLocation)
  }

  @Test func aNodeKnowsItselfAndWhoCannotReachIt() async throws {
    try await TestNode.run { node in
      let diagnosis = try await Self.diagnose(node)
      for check in [CheckID.nodeIdentity, .nodeCertificate, .nodeState, .nodeClock, .listenPort, .configEnabled] {
        expect(diagnosis, check, .ok)
      }
      expect(diagnosis, .listenReach, .fail, "no other machine")
      expect(diagnosis, .configAdvertise, .warn)
      #expect(diagnosis.count(.fail) >= 1)
    }
  }

  @Test func everyFindingIsToldAsSoonAsItIsThere() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.send(method: "node.diagnose", ["peer": "nobody"])
      let note = try await local.next()
      #expect(note["params"]?["value"]?["check"]?["id"] == "peer.known")
      let answer = try await local.next()
      #expect(answer["result"]?["checks"]?.arrayValue?.first == note["params"]?["value"]?["check"])
      #expect(answer["result"]?["failed"] == 1)
      await local.close()
    }
  }

  @Test func anAddressIsExaminedWithoutAskingForApproval() async throws {
    try await TestNode.runTwo { alpha, beta in
      let diagnosis = try await Self.diagnose(alpha, Self.address(beta))
      expect(diagnosis, .peerIdentity, .ok, beta.id.description)
      expect(diagnosis, .peerClock, .ok)
      expect(diagnosis, .peerHandshake, .skip, "ask it for approval")
      #expect(diagnosis.count(.fail) == 0)
      #expect(try await beta.call("pending.list")["count"] == 0)
      #expect(try await alpha.call("p2p.list_peers")["count"] == 0)
      let own = try await Self.diagnose(alpha, Self.address(alpha))
      expect(own, .peerIdentity, .fail, "this node itself")
    }
  }

  @Test func trustIsToldInBothDirections() async throws {
    try await TestNode.runTwo { alpha, beta in
      _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(beta.port))])
      var diagnosis = try await Self.diagnose(alpha, "beta")
      expect(diagnosis, .peerGrant, .fail, "has not approved")
      _ = try await beta.call("p2p.approve_peer", ["peer_id": "alpha", "trust": "basic"])
      diagnosis = try await Self.diagnose(alpha, "beta")
      expect(diagnosis, .peerGrant, .warn, "no skills")
      expect(diagnosis, .peerTrust, .warn, "has not asked")
      expect(diagnosis, .peerTimeout, .ok, "120 s here, 120 s on beta")
      _ = try await beta.call("peers.trust", ["peer_id": "alpha", "trust": "trusted"])
      _ = try await alpha.call("p2p.approve_peer", ["peer_id": "beta"])
      diagnosis = try await Self.diagnose(alpha, "beta")
      #expect(diagnosis.count(.fail) == 0)
      for check in [CheckID.peerTrust, .peerGrant, .peerHandshake, .peerLatency, .peerHealth, .peerVersion] {
        expect(diagnosis, check, .ok)
      }
      _ = try await beta.call("p2p.reject_peer", ["peer_id": "alpha"])
      diagnosis = try await Self.diagnose(alpha, "beta")
      expect(diagnosis, .peerGrant, .fail, "rejected or blocked")
    }
  }

  @Test func aPeerThatDoesNotRunIsTold() async throws {
    try await TestNode.run("alpha") { alpha in
      try await TestNode.run("beta") { beta in
        _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(beta.port))])
      }
      let diagnosis = try await Self.diagnose(alpha, "beta")
      expect(diagnosis, .peerAddress, .fail, "nothing listens")
      expect(diagnosis, .peerHandshake, .skip, "not reached")
      let brief = try await Self.diagnose(alpha)
      expect(brief, .peerAddress, .fail, "nothing listens")
    }
  }

  @Test func peerToPeerThatIsOffEndsTheDiagnosis() async throws {
    try await TestNode.run(configure: { $0.p2p.enabled = false }) { node in
      expect(try await Self.diagnose(node), .configEnabled, .fail, "p2p.enabled is false")
      expect(try await Self.diagnose(node, "192.0.2.1"), .configEnabled, .fail)
    }
  }

  @Test func aPeerIsToldHowItIsSeen() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      let token = try await peer.enter(node, trust: "basic")
      let reflection = try Reflection(json: await Web.get("/v1/p2p/reflection", from: node.port, token: token).json)
      #expect(reflection.id == peer.id)
      #expect(reflection.address == "127.0.0.1")
      #expect(reflection.trust == .basic)
      #expect(reflection.taskTimeout == 120)
      #expect(reflection.discovery.age == nil)
      #expect(abs(reflection.time - Clock.preciseNow) < 60)
    }
  }
}
