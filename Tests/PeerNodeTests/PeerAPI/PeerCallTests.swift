import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// `POST /v1/p2p/skill` as another implementation would use it: JSON alone, or frames.
@Suite(.serialized) struct PeerCallTests {
  static func call(_ arguments: JSONValue, id: String? = nil) -> JSONValue {
    .compact(["request_id": id?.json, "skill": "text", "tool": "word_count", "arguments": arguments])
  }

  static func post(_ json: JSONValue, _ node: TestNode, _ token: String) async throws -> Web {
    try await Web.post("/v1/p2p/skill", json, to: node.port, token: token)
  }

  @Test func theAnswerHasTheMembersOfTheContract() async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "trusted")
      let answer = try await Self.post(Self.call(["text": "a b c"], id: "r-1"), node, token)
      #expect(answer.status == 200)
      #expect(
        Set(answer.json.objectValue?.keys.map { $0 } ?? []) == [
          "request_id", "result", "execution_time_ms", "success", "error",
        ])
      #expect(answer.json["request_id"] == "r-1")
      #expect(answer.json["result"]?["words"] == 3)
      #expect(answer.json["success"] == true)
      #expect(answer.json["error"] == .null)
      #expect(answer.json["execution_time_ms"]?.doubleValue != nil)
    }
  }

  @Test func argsIsTheSameAsArguments() async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "trusted")
      let answer = try await Self.post(["skill": "text", "tool": "word_count", "args": ["text": "a b"]], node, token)
      #expect(answer.json["result"]?["words"] == 2)
    }
  }

  @Test func theSameRequestNeverRunsTwice() async throws {
    let folder = TemporaryFolder()
    let peer = try TestPeer()
    var first: Web?
    try await TestNode.run(in: folder) { node in
      let token = try await peer.enter(node, trust: "trusted")
      first = try await Self.post(Self.call(["text": "a b c"], id: "r-1"), node, token)
      // A repeat gets the first outcome, whatever it asks now.
      let again = try await Self.post(Self.call(["text": "other"], id: "r-1"), node, token)
      #expect(again.body == first?.body)
      let other = try await TestPeer("other").enter(node, trust: "trusted")
      #expect(try await Self.post(Self.call(["text": "x"], id: "r-1"), node, other).json["result"]?["words"] == 1)
    }
    try await TestNode.run(in: folder) { node in
      guard case .token(let token, _) = try await peer.handshake(with: node) else { throw TestFailure("no token") }
      let again = try await Self.post(Self.call(["text": "other"], id: "r-1"), node, token)
      #expect(again.body == first?.body, "across a restart too")
    }
  }

  @Test func aTokenSurvivesARestart() async throws {
    let folder = TemporaryFolder()
    var token = ""
    try await TestNode.run(in: folder) { node in token = try await TestPeer().enter(node, trust: "trusted") }
    try await TestNode.run(in: folder) { node in
      let answer = try await Self.post(Self.call(["text": "a"]), node, token)
      #expect(answer.status == 200)
    }
  }

  @Test(
    arguments: [
      (["skill": "text"], 422, "invalid_arguments"),
      (["skill": "text", "tool": "word_count", "arguments": []], 422, "invalid_arguments"),
      (["skill": "text", "tool": "word_count", "arguments": ["txt": "a"]], 422, "invalid_arguments"),
      (["skill": "text", "tool": "none"], 404, "skill_not_found"),
      (["skill": "none", "tool": "none"], 404, "skill_not_found"),
      (["skill": "p2p", "tool": "list_peers"], 404, "skill_not_found"),
      (["skill": "text", "tool": "word_count", "timeout": 0], 422, "invalid_arguments"),
      (["skill": "text", "tool": "word_count", "extra": 1], 422, "invalid_arguments"),
      (["skill": "text", "tool": "word_count", "arguments": ["file": ["$stream": 1]]], 422, "invalid_arguments"),
      (
        ["skill": "text", "tool": "word_count", "arguments": ["file": ["path": "/etc/passwd"]]], 422,
        "invalid_arguments"
      ),
      ([], 422, "invalid_arguments"),
    ] as [(JSONValue, Int, String)])
  func aBadCallIsRefusedByKind(_ body: JSONValue, _ status: Int, _ code: String) async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "trusted")
      HTTPDoorTests.expectProblem(try await Self.post(body, node, token), status, code)
    }
  }

  @Test(arguments: [0, 1, 3 << 20]) func aFileMayComeAsFrames(_ size: Int) async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "trusted")
      let head = Self.call(["file": ["name": "a", "$stream": 1, "size": .integer(Int64(size))]])
      var body = head.bytes + [0x0A]
      var left = size
      repeat {
        let count = min(left, 1 << 20)
        left -= count
        body += Array(
          #"{"jsonrpc":"2.0","method":"$/data","params":{"stream":1,"size":\#(count),"last":\#(left == 0)}}"#.utf8)
        body += [0x0A] + [UInt8](repeating: 0x0A, count: count)
      } while left > 0
      let answer = try await Web.send(
        "POST", "/v1/p2p/skill", to: node.port, token: token, headers: [("Content-Type", MediaType.frames)], body: body)
      #expect(answer.status == 200, "\(answer.json.text)")
      #expect(answer.json["result"]?["bytes"] == .integer(Int64(size)))
    }
  }

  @Test(arguments: [
    "", "{", "{}\n{", #"{"skill":"text","tool":"word_count","arguments":{"file":{"$stream":1}}}"# + "\n",
    #"{"skill":"text","tool":"word_count","arguments":{"file":{"$stream":1}}}"# + "\n"
      + #"{"jsonrpc":"2.0","method":"$/data","params":{"stream":1,"size":10,"last":true}}"# + "\nabc",
  ])
  func aFramedBodyThatIsCutIsRefused(_ body: String) async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "trusted")
      let answer = try await Web.send(
        "POST", "/v1/p2p/skill", to: node.port, token: token, headers: [("Content-Type", MediaType.frames)],
        body: Array(body.utf8))
      #expect((400...422).contains(answer.status), "\(answer.status) \(answer.json.text)")
      #expect(answer.header("Content-Type") == MediaType.problem)
    }
  }

  @Test func whatHappenedIsInTheAuditLog() async throws {
    let folder = TemporaryFolder()
    let peer = try TestPeer()
    try await TestNode.run(in: folder) { node in
      let token = try await peer.enter(node, trust: "trusted")
      _ = try await Self.post(Self.call(["text": "secret words"]), node, token)
      _ = try await Self.post(["skill": "none", "tool": "x"], node, token)
    }
    let store = try Store(directory: folder.path + "/state")
    let entries = try await store.pool.read { try AuditEntry.fetchAll($0).filter { !$0.isLook } }
    #expect(entries.map(\.operation) == ["approve", "skill", "skill"])
    #expect(entries.map(\.outcome) == ["ok", "ok", "skill_not_found"])
    #expect(entries.dropFirst().allSatisfy { $0.caller == peer.id.description })
    #expect(entries.map(\.subject) == [peer.id.description, "text.word_count", "none.x"])
    try store.pool.close()
  }
}
