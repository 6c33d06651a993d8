import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// `expose_skills` and `hide_skills` at the peer door, for every level.
@Suite(.serialized) struct SkillVisibilityTests {
  /// What is set, and which of the built-in skills peers then see.
  static let settings: [(expose: [String], hide: [String], visible: [String])] = [
    ([], [], ["sql", "system", "text"]), ([], ["text"], ["sql", "system"]), (["text"], [], ["text"]),
    (["text"], ["text"], []), (["system", "ssh"], [], ["system"]), ([], ["ssh"], ["sql", "system", "text"]),
    ([], ["system", "text"], ["sql"]),
  ]

  private static func call(_ skill: String, _ node: TestNode, _ token: String) async throws -> Web {
    try await Web.post(
      "/v1/p2p/skill",
      [
        "request_id": .string("r \(skill)"), "skill": .string(skill), "tool": "word_count",
        "arguments": ["text": "a b"],
      ], to: node.port,
      token: token)
  }

  @Test(arguments: settings)
  func everyLevelSeesAndUsesWhatIsExposed(_ row: (expose: [String], hide: [String], visible: [String])) async throws {
    try await TestNode.run(configure: { ($0.p2p.exposeSkills, $0.p2p.hideSkills) = (row.expose, row.hide) }) { node in
      for level in TrustLevel.grantable {
        let token = try await TestPeer("p-\(level)").enter(node, trust: level.name)
        let list = try await Web.get("/v1/p2p/skills", from: node.port, token: token)
        let call = try await Self.call("text", node, token)
        guard level >= .trusted else {
          #expect(list.status == 403 && call.status == 403, "at \(level) nothing is told of any skill")
          continue
        }
        #expect(list.json["skills"]?.arrayValue?.map { $0["name"] } == row.visible.map { .string($0) })
        #expect(call.status == (row.visible.contains("text") ? 200 : 404), "at \(level): \(call.json.text)")
        let own = try await Self.call("p2p", node, token)
        #expect(own.status == 404, "never, at any level")
      }
    }
  }

  @Test func aHiddenSkillAnswersLikeOneThatDoesNotExist() async throws {
    try await TestNode.run(configure: { $0.p2p.hideSkills = ["text"] }) { node in
      for level in [TrustLevel.trusted, .full] {
        let token = try await TestPeer("p-\(level)").enter(node, trust: level.name)
        let hidden = try await Self.call("text", node, token)
        let missing = try await Self.call("tape", node, token)
        #expect(hidden.status == missing.status)
        #expect(hidden.headers.map(\.name) == missing.headers.map(\.name))
        #expect(hidden.json.text == missing.json.text.split(separator: "tape").joined(separator: "text"))
        let list = try await Web.get("/v1/p2p/skills", from: node.port, token: token)
        #expect(!list.json.text.contains("word_count"))
      }
    }
  }

  @Test func aHiddenSkillIsNotFoundByOthers() async throws {
    try await TestNode.runTwo(configure: { $0.p2p.hideSkills = ["text"] }) { alpha, beta in
      _ = try await beta.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(alpha.port))])
      _ = try await alpha.call("p2p.approve_peer", ["peer_id": beta.id.json, "trust": "full"])
      for skill in ["text", "text.word_count", "nothing"] {
        let found = try await beta.call("p2p.find_skill", ["skill": .string(skill)])
        #expect(found["peers"] == [], "\(skill)")
      }
    }
  }
}
