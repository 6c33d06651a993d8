import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Whole nodes that sync over HTTPS, and peers that do not keep to the rules.
@Suite(.serialized) struct ContextNodesTests {
  static func texts(_ node: TestNode) async throws -> [String] {
    (try await node.call("context.list")["entries"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.sorted()
  }

  @Test func bothDirectionsMakeBothEqual() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      let entry = try await alpha.call("context.append", ["text": "of alpha"])
      #expect(entry["id"] == .string("\(alpha.id).m1"))
      _ = try await alpha.call(
        "context.append", ["text": "said", "scope": "session", "session": "talk", "role": "user"])
      _ = try await beta.call("context.append", ["text": "of beta"])
      let result = try await alpha.call("p2p.sync_context", ["peer_id": "beta"])
      #expect(result["sent"] == 2 && result["received"] == 1)
      #expect(result["scopes"] == ["memory", "session"])
      for node in [alpha, beta] { #expect(try await Self.texts(node) == ["of alpha", "of beta", "said"]) }
      let again = try await alpha.call("p2p.sync_context", ["peer_id": "beta"])
      #expect(again["sent"] == 0 && again["received"] == 0)
      _ = try await alpha.call("context.remove", ["id": "m1"])
      _ = try await alpha.call("p2p.sync_context", ["peer_id": "beta", "direction": "push"])
      #expect(try await Self.texts(beta) == ["of beta", "said"])
      await expectRefusal(.notAllowed, "alpha wrote this entry, and only the node that wrote one can remove it") {
        try await beta.call("context.remove", ["id": .string("\(alpha.id).s1")])
      }
    }
  }

  @Test func manyEntriesGoInPages() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      let local = try await LocalSocket(alpha.socket)
      for number in 0..<600 { _ = try await local.call("context.append", ["text": .string("\(number)")]) }
      await local.close()
      let result = try await alpha.call("p2p.sync_context", ["peer_id": "beta", "direction": "push"])
      #expect(result["sent"] == 600 && result["received"] == 0)
      #expect(try await beta.call("context.list", ["limit": 1000])["entries"]?.arrayValue?.count == 600)
    }
  }

  @Test func levelTrustedIsNeeded() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta, trust: "basic")
      await expectRefusal(.notAllowed) { try await alpha.call("p2p.sync_context", ["peer_id": "beta"]) }
      _ = try await beta.call("peers.trust", ["peer_id": "alpha", "trust": "trusted"])
      #expect(try await alpha.call("p2p.sync_context", ["peer_id": "beta"])["sent"] == 0)
    }
  }

  @Test func theOwnerSaysWhichScopesPeersSync() async throws {
    try await TestNode.runTwo(configure: { $0.p2p.syncScopes = ["memory"] }) { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      _ = try await beta.call("context.append", ["text": "fact"])
      _ = try await beta.call("context.append", ["text": "said", "scope": "session", "session": "talk"])
      let result = try await alpha.call("p2p.sync_context", ["peer_id": "beta"])
      #expect(result["scopes"] == ["memory"] && result["received"] == 1)
      await expectRefusal(.notAllowed) {
        try await alpha.call("p2p.sync_context", ["peer_id": "beta", "scope": "session"])
      }
      #expect(try await Self.texts(alpha) == ["fact"])
    }
  }

  @Test func itIsAToolOfTheSkill() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      _ = try await alpha.call("context.append", ["text": "fact"])
      let result = try await alpha.call(
        "skills.call", ["skill": "p2p", "tool": "sync_context", "arguments": ["peer_id": "beta"]])
      #expect(result["result"]?["sent"] == 1)
    }
  }

  @Test func aPeerAddsOnlyWhatItsOriginHasSigned() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      let token = try await peer.enter(node, trust: "trusted")
      func push(_ records: [JSONValue]) async throws -> Web {
        try await Web.post(
          "/v1/p2p/sync", ["request_id": "r-1", "direction": "push", "entries": .array(records)], to: node.port,
          token: token)
      }
      let content = ContextRecord.Content.entry(
        .init(session: nil, role: .note, text: "a", textHash: ContextRecord.hash(of: "a")))
      let good = try ContextRecord(content, scope: .memory, counter: 1, by: peer.identity, at: 1)
      var forged = good.json.objectValue ?? [:]
      forged["origin"] = node.id.json
      #expect(try await push([.object(forged)]).code == "unauthenticated")
      forged = good.json.objectValue ?? [:]
      forged["text"] = "b"
      #expect(try await push([.object(forged)]).code == "unauthenticated")
      #expect(try await push(Array(repeating: good.json, count: 257)).code == "invalid_arguments")
      let later = try ContextRecord(content, scope: .memory, counter: 3, by: peer.identity, at: 1)
      #expect(try await push([later.json]).code == "invalid_arguments")
      #expect(try await Self.texts(node).isEmpty)
      let answer = try await push([good.json])
      #expect(answer.status == 200 && answer.json["accepted"] == 1 && answer.json["request_id"] == "r-1")
      #expect(try await push([good.json]).json["accepted"] == 0)
      #expect(try await Self.texts(node) == ["a"])
    }
  }

  @Test func whatWasAcknowledgedIsThereAfterARestart() async throws {
    let folder = TemporaryFolder()
    try await TestNode.run("alpha", in: folder) { _ = try await $0.call("context.append", ["text": "kept"]) }
    try await TestNode.run("alpha", in: folder) { node in
      let texts = try await Self.texts(node)
      #expect(texts == ["kept"])
      #expect(try await node.call("context.append", ["text": "next"])["id"] == .string("\(node.id).m2"))
    }
  }
}
