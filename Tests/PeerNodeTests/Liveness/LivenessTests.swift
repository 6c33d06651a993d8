import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Peers learn of decisions and of each other's presence by themselves.
@Suite struct LivenessTests {
  private func granted(_ node: TestNode, by other: TestNode) async throws -> JSONValue? {
    try await node.call("p2p.peer_status", ["peer_id": other.id.json])["granted_trust"]
  }

  @Test func anApprovalIsKnownOnTheOtherSideByItself() async throws {
    try await TestNode.runTwo { alpha, beta in
      _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": beta.port.json])
      #expect(try await granted(alpha, by: beta) == .null)
      _ = try await beta.call("p2p.approve_peer", ["peer_id": alpha.id.json, "trust": "trusted"])
      try await eventually("alpha knows what it may do at beta") {
        try await granted(alpha, by: beta) == "trusted"
      }
      #expect(try await alpha.call("p2p.peer_status", ["peer_id": beta.id.json])["online"] == true)
    }
  }

  /// Beta cannot reach alpha, which is off: alpha asks again.
  @Test func anApprovalIsKnownWhereTheApproverCannotCall() async throws {
    let folder = TemporaryFolder()
    try await TestNode.run("beta") { beta in
      var id = JSONValue.null
      try await TestNode.run("alpha", in: folder) { alpha in
        _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": beta.port.json])
        id = alpha.id.json
      }
      _ = try await beta.call("p2p.approve_peer", ["peer_id": id, "trust": "basic"])
      try await TestNode.run("alpha", in: folder) { alpha in
        try await eventually("alpha has asked again", within: 30) { try await granted(alpha, by: beta) == "basic" }
      }
    }
  }

  @Test func twoThatWaitForEachOtherDoNotKeepCalling() async throws {
    try await TestNode.runTwo { alpha, beta in
      _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": beta.port.json])
      _ = try await beta.call("p2p.add_peer", ["host": "127.0.0.1", "port": alpha.port.json])
      async let first = alpha.call("p2p.approve_peer", ["peer_id": beta.id.json, "trust": "trusted"])
      async let second = beta.call("p2p.approve_peer", ["peer_id": alpha.id.json, "trust": "full"])
      _ = try await (first, second)
      try await eventually("both know") {
        let here = try await granted(alpha, by: beta)
        let there = try await granted(beta, by: alpha)
        return here == "full" && there == "trusted"
      }
    }
  }

  @Test func aPeerThatComesBackOnAnotherPortIsFoundByItsIdentity() async throws {
    let folder = TemporaryFolder()
    try await TestNode.run("alpha") { alpha in
      var id: PeerID?
      try await TestNode.run("beta", in: folder) { beta in
        _ = try await beta.call("p2p.add_peer", ["host": "127.0.0.1", "port": alpha.port.json])
        _ = try await alpha.call("p2p.approve_peer", ["peer_id": beta.id.json, "trust": "trusted"])
        id = beta.id
      }
      try await TestNode.run("beta", in: folder) { beta in
        #expect(beta.id == id)
        try await eventually("alpha has heard of beta's new port") {
          try await alpha.call("p2p.peer_status", ["peer_id": beta.id.json])["port"] == beta.port.json
        }
      }
    }
  }
}
