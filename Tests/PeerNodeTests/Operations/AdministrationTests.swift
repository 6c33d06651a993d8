import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// An owner administers one node from another.
@Suite struct AdministrationTests {
  /// Alpha knows beta, which has let it in at this level.
  private func withAlphaAdmitted(
    at level: String, _ body: (_ alpha: TestNode, _ beta: TestNode) async throws -> Void
  ) async throws {
    try await TestNode.runTwo { alpha, beta in
      _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": beta.port.json])
      _ = try await beta.call("p2p.approve_peer", ["peer_id": alpha.id.json, "trust": .string(level)])
      try await body(alpha, beta)
    }
  }

  private func perform(_ method: String, _ parameters: JSONValue, on beta: TestNode, from alpha: TestNode) async throws
    -> JSONValue
  {
    try await alpha.call(
      "peers.perform", ["peer_id": beta.id.json, "method": .string(method), "parameters": parameters])["result"]
      ?? .null
  }

  @Test func atLevelFullTheOwnersOperationsWorkThere() async throws {
    try await withAlphaAdmitted(at: "full") { alpha, beta in
      let asking = try TestPeer("asking")
      _ = try await asking.handshake(with: beta)
      let pending = try await perform("pending.list", [:], on: beta, from: alpha)
      #expect(pending["pending"]?.arrayValue?.first?["peer_id"] == asking.id.json)
      let approved = try await perform(
        "p2p.approve_peer", ["peer_id": asking.id.json, "trust": "trusted"], on: beta, from: alpha)
      #expect(approved["trust"] == "trusted")
      #expect(approved["approved_by"] == alpha.id.json)
      _ = try await perform("peers.block", ["peer_id": asking.id.json], on: beta, from: alpha)
      guard case .refused(let answer) = try await asking.handshake(with: beta) else {
        throw TestFailure("a peer that was blocked from afar is let in")
      }
      #expect(answer.status == 403)
      let entries = try await beta.call("audit.list", ["caller": alpha.id.json])["entries"]?.arrayValue ?? []
      #expect(entries.contains { $0["operation"] == "block" && $0["subject"] == asking.id.json })
    }
  }

  @Test(arguments: ["basic", "trusted"]) func belowLevelFullNothingWorksThere(_ level: String) async throws {
    try await withAlphaAdmitted(at: level) { alpha, beta in
      for method in ["pending.list", "p2p.p2p_status", "peers.block", "no.such_method"] {
        let error = await #expect(throws: NodeError.self) {
          try await perform(method, ["peer_id": "x"], on: beta, from: alpha)
        }
        #expect(error?.code == .notAllowed)
      }
    }
  }

  @Test(arguments: [
    ("skills.call", ErrorCode.notAllowed), ("daemon.config", .notAllowed), ("identity.rotate", .notAllowed),
    ("peers.perform", .notAllowed), ("events.subscribe", .notAllowed), ("peer.skill", .unknownMethod),
    ("no.such_method", .unknownMethod), ("../status", .invalidArguments),
  ]) func whatIsForTheOwnerAtTheMachineStaysThere(_ method: String, _ code: ErrorCode) async throws {
    try await withAlphaAdmitted(at: "full") { alpha, beta in
      let error = await #expect(throws: NodeError.self) { try await perform(method, [:], on: beta, from: alpha) }
      #expect(error?.code == code)
    }
  }

  @Test func adviceOfTheOtherNodeCanBePastedHere() async throws {
    try await withAlphaAdmitted(at: "full") { alpha, beta in
      let error = await #expect(throws: NodeError.self) {
        try await perform("p2p.peer_status", ["peer_id": "nobody"], on: beta, from: alpha)
      }
      #expect(error?.code == .peerNotFound)
      #expect(error?.hint == "r --peer \(beta.id.short) discover")
    }
  }
}
