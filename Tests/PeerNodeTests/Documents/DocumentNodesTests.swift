import Crypto
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Documents between whole nodes, and peers that do not keep to the rules.
@Suite(.serialized) struct DocumentNodesTests {
  static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }

  static func add(_ bytes: [UInt8], _ name: String, to node: TestNode) async throws -> JSONValue {
    let local = try await LocalSocket(node.socket)
    try await local.send(
      method: "documents.add",
      ["file": ["name": .string(name), "$stream": 0, "size": .integer(Int64(bytes.count))]])
    try await local.send(file: bytes, stream: 0)
    let document = try await local.answer(to: 1)
    await local.close()
    return document
  }
  static func get(_ id: String, from node: TestNode, of peer: String? = nil) async throws -> [UInt8] {
    let local = try await LocalSocket(node.socket)
    try await local.send(method: "documents.get", .compact(["id": id.json, "peer_id": peer?.json]))
    _ = try await local.answer(to: 1)
    let bytes = try await local.file()
    await local.close()
    return bytes
  }

  @Test(arguments: [0, 1, 3 << 20]) func aDocumentArrivesWhole(_ size: Int) async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      let bytes = Self.bytes(size)
      let own = try await Self.add(bytes, "a.bin", to: alpha)
      #expect(own["origin"] == .null && own["size"] == .integer(Int64(size)))
      let result = try await alpha.call("p2p.share_document", ["document": "a.bin", "peers": ["beta"]])
      #expect(result["success"] == true)
      #expect(result["document"]?["shared_with"] == [beta.id.json])
      let there = try #require(try await beta.call("documents.list")["documents"]?.arrayValue)
      #expect(there.count == 1 && there[0]["origin"] == alpha.id.json && there[0]["name"] == "a.bin")
      #expect(there[0]["id"] == result["peers"]?.arrayValue?.first?["document_id"])
      #expect(there[0]["sha256"] == own["sha256"])
      #expect(try await Self.get("a.bin", from: beta) == bytes)
      // Again is the same.
      _ = try await alpha.call("p2p.share_document", ["document": "a.bin", "peers": ["beta"]])
      #expect(try await beta.call("documents.list")["documents"]?.arrayValue?.count == 1)
    }
  }

  @Test func whatIsSharedCanBeFetchedByThatPeerAlone() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      _ = try await alpha.call("p2p.approve_peer", ["peer_id": "beta", "trust": "trusted"])
      let bytes = Self.bytes(700_000)
      let own = try await Self.add(bytes, "a.bin", to: alpha)
      _ = try await Self.add(bytes, "private.bin", to: alpha)
      #expect(try await beta.call("documents.list", ["peer_id": "alpha"])["documents"] == [])
      _ = try await alpha.call("p2p.share_document", ["document": "a.bin", "peers": ["beta"]])
      let listed = try await beta.call("documents.list", ["peer_id": "alpha"])["documents"]?.arrayValue
      #expect(listed?.map { $0["id"] } == [own["id"]])
      #expect(try await Self.get("a.bin", from: beta, of: "alpha") == bytes)
      await expectRefusal(.notFound) { try await Self.get("private.bin", from: beta, of: "alpha") }
      _ = try await alpha.call("documents.remove", ["id": "a.bin"])
      #expect(try await beta.call("documents.list", ["peer_id": "alpha"])["documents"] == [])
      #expect(try await Self.get("a.bin", from: beta) == bytes, "its own copy stays")
    }
  }

  @Test func onePeersFailureStopsNoOther() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      try await TestNode.run("gamma") { gamma in
        _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(gamma.port))])
        _ = try await gamma.call("p2p.approve_peer", ["peer_id": "alpha", "trust": "basic"])
        _ = try await Self.add([1, 2, 3], "a.bin", to: alpha)
        let result = try await alpha.call(
          "p2p.share_document", ["document": "a.bin", "peers": ["nobody", "gamma", "beta"]])
        #expect(result["success"] == false)
        let outcomes = try #require(result["peers"]?.arrayValue)
        #expect(outcomes.map { $0["peer"] } == ["nobody", "gamma", "beta"])
        #expect(outcomes.map { $0["code"] } == ["peer_not_found", "not_allowed", .null])
        #expect(outcomes.map { $0["success"] } == [false, false, true])
        #expect(try await beta.call("documents.list")["documents"]?.arrayValue?.count == 1)
        #expect(try await gamma.call("documents.list")["documents"] == [])
      }
    }
  }

  @Test func itIsAToolOfTheSkill() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      _ = try await Self.add([1], "a.bin", to: alpha)
      let result = try await alpha.call(
        "skills.call",
        ["skill": "p2p", "tool": "share_document", "arguments": ["document": "a.bin", "peers": ["beta"]]])
      #expect(result["result"]?["success"] == true)
    }
  }

  // MARK: The HTTP API

  private static func give(
    _ text: String, _ name: String = "a.txt", to node: TestNode, _ token: String, more: [String: JSONValue] = [:]
  ) async throws -> Web {
    let body: [String: JSONValue] = ["document": ["name": .string(name), "text": .string(text)]]
    return try await Web.post("/v1/p2p/documents", .object(body.merging(more) { $1 }), to: node.port, token: token)
  }

  @Test func peersSeeAndRemoveOnlyTheirOwn() async throws {
    try await TestNode.run { node in
      let (one, two) = (try TestPeer("one"), try TestPeer("two"))
      let tokens = [try await one.enter(node, trust: "trusted"), try await two.enter(node, trust: "trusted")]
      let given = try await Self.give("same", to: node, tokens[0])
      #expect(given.status == 200)
      let other = try await Self.give("same", to: node, tokens[1])
      let id = try #require(given.json["document"]?["id"]?.stringValue)
      #expect(other.json["document"]?["id"]?.stringValue != id)
      let path = "/v1/p2p/documents/\(id)"
      #expect(try await Web.get(path, from: node.port, token: tokens[0]).body == Array("same".utf8))
      #expect(try await Web.get(path, from: node.port, token: tokens[1]).status == 404)
      #expect(try await Web.send("DELETE", path, to: node.port, token: tokens[1]).status == 404)
      let listed = try await Web.get("/v1/p2p/documents", from: node.port, token: tokens[1]).json["documents"]
      #expect(listed?.arrayValue?.count == 1 && listed?.arrayValue?.first?["given"] == true)
      // What the owner shares can be read, not removed.
      let local = try await Self.add([9], "own.bin", to: node)
      let own = try #require(local["id"]?.stringValue)
      #expect(try await Web.get("/v1/p2p/documents/\(own)", from: node.port, token: tokens[0]).status == 404)
      #expect(try await Web.send("DELETE", path, to: node.port, token: tokens[0]).status == 200)
      #expect(try await Web.get(path, from: node.port, token: tokens[0]).status == 404)
      #expect(try await node.call("documents.list")["documents"]?.arrayValue?.count == 2)
    }
  }

  @Test func aRequestIsTakenInOnce() async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "trusted")
      let first = try await Self.give("a", to: node, token, more: ["request_id": "r-1"])
      let second = try await Self.give("b", "b.txt", to: node, token, more: ["request_id": "r-1"])
      #expect(first.json == second.json && first.json["request_id"] == "r-1")
      #expect(try await node.call("documents.list")["documents"]?.arrayValue?.count == 1)
    }
  }

  static let bad: [(JSONValue, Int)] = [
    (["document": ["name": "../../etc/passwd", "text": "a"]], 422), (["document": ["name": "", "text": "a"]], 422),
    (["document": ["name": "a\nb", "text": "a"]], 422), (["document": ["name": "a", "base64": "?"]], 422),
    (["document": ["name": "a", "$stream": 1]], 422), (["document": ["path": "/etc/passwd"]], 422), ([:], 422),
    (["document": ["name": "a", "text": "abc", "size": 2]], 413),
    (["document": ["name": "a", "text": "abc", "size": 4]], 422),
    (["document": ["name": "a", "text": "abc"], "sha256": "00"], 422),
    (["document": ["name": "a", "text": "abc"], "sha256": .string(String(repeating: "00", count: 32))], 422),
    (["document": ["name": "a", "text": "abc", "size": .integer(5 << 30)]], 413),
  ]
  @Test func whatIsNotRightIsNotTaken() async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "trusted")
      for (body, status) in Self.bad {
        let answer = try await Web.post("/v1/p2p/documents", body, to: node.port, token: token)
        #expect(answer.status == status, "\(body.text): \(answer.json.text)")
      }
      #expect(try await node.call("documents.list")["documents"] == [])
    }
  }

  @Test func aDocumentIsGivenInPieces() async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "trusted")
      let answer = try await Self.give("0123456789", to: node, token)
      let path = "/v1/p2p/documents/\(answer.json["document"]?["id"]?.stringValue ?? "")"
      func get(_ method: String = "GET", _ headers: [(String, String)] = []) async throws -> Web {
        try await Web.send(method, path, to: node.port, token: token, headers: headers)
      }
      let whole = try await get()
      let tag = try #require(whole.header("ETag"))
      #expect(tag == "\"\(Hexadecimal.text(SHA256.hash(data: Array("0123456789".utf8))))\"")
      #expect(whole.header("Content-Length") == "10" && whole.header("Accept-Ranges") == "bytes")
      #expect(
        whole.header("Content-Disposition") == "attachment" && whole.header("X-Content-Type-Options") == "nosniff")
      let head = try await get("HEAD")
      #expect(head.status == 200 && head.body.isEmpty && head.header("Content-Length") == "10")
      let part = try await get("GET", [("Range", "bytes=2-4")])
      #expect(part.status == 206 && part.body == Array("234".utf8))
      #expect(part.header("Content-Range") == "bytes 2-4/10")
      #expect(try await get("GET", [("Range", "bytes=2-4"), ("If-Range", tag)]).status == 206)
      #expect(try await get("GET", [("Range", "bytes=2-4"), ("If-Range", "\"x\"")]).status == 200)
      #expect(try await get("GET", [("Range", "bytes=2-4,6-7")]).body.count == 10)
      let beyond = try await get("GET", [("Range", "bytes=10-")])
      #expect(beyond.status == 416 && beyond.code == "range_not_satisfiable")
      #expect(try await get("GET", [("If-None-Match", "\"x\", \(tag)")]).status == 304)
      #expect(try await get("GET", [("If-None-Match", "\"x\"")]).status == 200)
    }
  }

  @Test func whatAPeerGivesIsAnEvent() async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "trusted")
      let local = try await LocalSocket(node.socket)
      try await local.send(method: "events.subscribe")
      // The stream is open once a first event has come.
      try await eventually("events are watched") {
        let answer = try await Self.give("a", to: node, token)
        return answer.status == 200
      }
      try await eventually("the document is an event") {
        _ = try await Self.give("b", "\(UInt64.random(in: 0...9999)).txt", to: node, token)
        return try await local.next()["params"]?["value"]?["type"] == "document_received"
      }
      await local.close()
    }
  }
}
