import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// JSON-RPC 2.0 on the local socket, with the examples of its section 7.
@Suite(.serialized) struct JSONRPCTests {
  /// Sends one line and returns the next one that comes back.
  static func exchange(_ line: String, _ local: LocalSocket) async throws -> JSONValue {
    try await local.connection.send(line + "\n")
    return try await local.next()
  }

  static func isFailure(_ json: JSONValue?, _ code: Int64, id: JSONValue) -> Bool {
    json?["jsonrpc"] == "2.0" && json?["error"]?["code"] == .integer(code) && json?["id"] == id
      && json?["result"] == nil
      && json?["error"]?["message"]?.stringValue?.isEmpty == false && json?["error"]?["data"]?["code"] != nil
  }

  @Test(
    arguments: [
      (#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#, -32700, JSONValue.null), ("", -32700, .null),
      (
        #"[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"jsonrpc": "2.0", "method""#, -32700,
        .null
      ),
      ("\u{FEFF}{}", -32700, .null), ("[]", -32600, .null), ("1", -32600, .null), ("{}", -32600, .null),
      (#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#, -32600, .null),
      (#"{"jsonrpc": "2.0", "method": "a", "params": 1, "id": 7}"#, -32600, 7),
      (#"{"method": "daemon.info", "id": 7}"#, -32600, 7),
      (#"{"jsonrpc": "2.0", "method": "daemon.info", "id": 1.5}"#, -32600, .null),
      (#"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#, -32601, "1"),
      (#"{"jsonrpc": "2.0", "method": "peer.skills", "id": 1}"#, -32601, 1),
      (#"{"jsonrpc": "2.0", "method": "p2p.add_peer", "id": 1}"#, -32602, 1),
      (#"{"jsonrpc": "2.0", "method": "p2p.add_peer", "params": ["host"], "id": 1}"#, -32602, 1),
      (#"{"jsonrpc": "2.0", "method": "p2p.add_peer", "params": {"host": 1}, "id": 1}"#, -32602, 1),
      (#"{"jsonrpc": "2.0", "method": "p2p.peer_status", "params": {"peer_id": "x"}, "id": null}"#, -32001, .null),
      (#"{"jsonrpc": "2.0", "method": "skills.call", "params": {"skill": "x", "tool": "y"}, "id": 1}"#, -32007, 1),
    ] as [(String, Int64, JSONValue)])
  func aBadMessageIsAnsweredByItsNumber(_ line: String, _ code: Int64, _ id: JSONValue) async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      let answer = try await Self.exchange(line, local)
      #expect(Self.isFailure(answer, code, id: id), "\(answer.text)")
      #expect(try await local.call("daemon.info")["name"] == "node", "the connection goes on")
      await local.close()
    }
  }

  @Test func aMistypedMethodIsGuessed() async throws {
    try await TestNode.run { node in
      await expectRefusal(.unknownMethod, "there is no method p2p.list_pears, did you mean p2p.list_peers?") {
        try await node.call("p2p.list_pears")
      }
    }
  }

  @Test func aBatchIsAnsweredAsOne() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      let answer = try await Self.exchange(
        #"""
        [{"jsonrpc":"2.0","method":"daemon.info","id":"1"},{"jsonrpc":"2.0","method":"daemon.info"},\#
        {"foo":"boo"},{"jsonrpc":"2.0","method":"foo.get","id":"5"},1,{"jsonrpc":"2.0","method":"p2p.list_peers","id":9}]
        """#, local)
      let answers = try #require(answer.arrayValue)
      #expect(answers.count == 5)
      let byID = Dictionary(grouping: answers) { $0["id"] ?? "none" }
      #expect(byID["1"]?.first?["result"]?["name"] == "node")
      #expect(Self.isFailure(byID["5"]?.first, -32601, id: "5"))
      #expect(byID[9]?.first?["result"]?["count"] == 0)
      #expect(byID[.null]?.count == 2)
      #expect(byID[.null]?.allSatisfy { Self.isFailure($0, -32600, id: .null) } == true)
      await local.close()
    }
  }

  @Test func aBatchOfNothingButFaultsHasAsManyAnswers() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      let answers = try #require(try await Self.exchange("[1,2,3]", local).arrayValue)
      #expect(answers.count == 3)
      #expect(answers.allSatisfy { Self.isFailure($0, -32600, id: .null) })
      await local.close()
    }
  }

  @Test func notificationsHaveNoAnswer() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.connection.send(#"{"jsonrpc":"2.0","method":"daemon.info"}"# + "\n")
      try await local.connection.send(#"{"jsonrpc":"2.0","method":"no.such.method"}"# + "\n")
      try await local.connection.send(
        #"[{"jsonrpc":"2.0","method":"daemon.info"},{"jsonrpc":"2.0","method":"x"}]"# + "\n")
      try await local.connection.send(#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":99}}"# + "\n")
      try await local.send(method: "daemon.info", id: "last")
      #expect(try await local.next()["id"] == "last")
      await local.close()
    }
  }

  @Test func aBatchHasALimit() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      let one = #"{"jsonrpc":"2.0","method":"daemon.info","id":1}"#
      func batch(_ count: Int) -> String { "[" + Array(repeating: one, count: count).joined(separator: ",") + "]" }
      #expect(try await Self.exchange(batch(64), local).arrayValue?.count == 64)
      #expect(Self.isFailure(try await Self.exchange(batch(65), local), -32600, id: .null))
      await local.close()
    }
  }

  @Test func aLineHasALimitAndThenTheConnectionEnds() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.connection.send([UInt8](repeating: 0x20, count: (8 << 20) + 1))
      let answer = try await local.next()
      #expect(Self.isFailure(answer, -32600, id: .null), "\(answer.text)")
      #expect(try await local.connection.rest().isEmpty)
      #expect(try await node.call("daemon.info")["name"] == "node")
    }
  }

  @Test func requestsOfOneConnectionRunSideBySide() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.send(method: "events.subscribe", id: "long")
      for number in 0..<20 { try await local.send(method: "daemon.info", id: .integer(Int64(number))) }
      var ids: Set<JSONValue> = []
      for _ in 0..<20 { ids.insert(try await local.next()["id"] ?? .null) }
      #expect(ids == Set((0..<20).map { .integer($0) }))
      await local.close()
    }
  }

  @Test func anIdThatIsInUseIsRefused() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.send(method: "events.subscribe", id: 1)
      try await local.send(method: "daemon.info", id: 1)
      #expect(Self.isFailure(try await local.next(), -32600, id: 1))
      await local.close()
    }
  }

  @Test func anIdMayBeUsedAgainAsSoonAsItsAnswerIsThere() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      for _ in 0..<500 { #expect(try await local.call("daemon.info", id: 1)["name"] == "node") }
      await local.close()
    }
  }

  @Test func aConnectionHasALimitOfRunningRequests() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      for number in 0..<65 { try await local.send(method: "events.subscribe", id: .integer(Int64(number))) }
      let answer = try await local.next()
      #expect(Self.isFailure(answer, -32008, id: 64), "\(answer.text)")
      #expect(answer["error"]?["data"]?["code"] == "busy")
      await local.close()
    }
  }

  @Test func whoHasSentItsLastStillGetsItsAnswers() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.send(method: "daemon.info", id: 1)
      try await local.send(method: "p2p.list_peers", id: 2)
      try await local.connection.finishSending()
      let ids = Set([try await local.next()["id"], try await local.next()["id"]])
      #expect(ids == [1, 2])
      #expect(try await local.connection.rest().isEmpty)
    }
  }

  @Test func theDocumentDescribesEveryMethodThatIsServed() async throws {
    try await TestNode.run { node in
      let document = try await node.call("rpc.discover")
      #expect(document["openrpc"]?.stringValue?.hasPrefix("1.3") == true)
      let methods = try #require(document["methods"]?.arrayValue)
      let names = methods.compactMap { $0["name"]?.stringValue }
      #expect(Set(names).count == names.count)
      #expect(
        Set(names).isSuperset(of: ["daemon.info", "p2p.add_peer", "skills.call", "events.subscribe", "rpc.discover"]))
      #expect(!names.contains { $0.hasPrefix("peer.") }, "what peers call is not served here")
      for name in names where name != "events.subscribe" {
        let error = await #expect(throws: (any Error).self) { try await node.call(name, ["no such argument": 1]) }
        #expect((error as? NodeError)?.code == .invalidArguments || name == "rpc.discover", "\(name)")
      }
    }
  }
}
