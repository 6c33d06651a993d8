import Foundation
import PeerModel
import PeerTestSupport
import Synchronization
import Testing

@testable import PeerNode

/// Tasks at a whole node, whose language model is an HTTP server that does what the test says.
@Suite struct TaskTests {
  /// A language model.
  final class Model: Sendable {
    private let count = Mutex(0)
    private let bodies = Mutex<[JSONValue]>([])
    private let server: Mutex<FakeNode?> = Mutex(nil)
    var calls: Int { count.withLock(\.self) }
    /// The names of the tools that it was told of last.
    var tools: [String] {
      bodies.withLock { $0.last?["tools"]?.arrayValue ?? [] }.compactMap { $0["function"]?["name"]?.stringValue }
    }
    var conversation: [JSONValue] { bodies.withLock { $0.last?["messages"]?.arrayValue ?? [] } }
    var port: Int { server.withLock { $0?.port ?? 0 } }

    /// - Parameter answers: one after the other; the last one again and again. Nil never comes.
    static func run(_ answers: [JSONValue?], _ body: (Model) async throws -> Void) async throws {
      let model = Model()
      let server = try await FakeNode(folder: nil) { _, json in
        let number = model.count.withLock { count in
          defer { count += 1 }
          return count
        }
        model.bodies.withLock { $0.append(json) }
        guard let answer = answers[min(number, answers.count - 1)] else { return (0, .null) }
        return (200, ["choices": [["message": answer]]])
      }
      model.server.withLock { $0 = server }
      do { try await body(model) } catch {
        await server.stop()
        throw error
      }
      await server.stop()
    }

    func configure(_ configuration: inout PeerNode.Configuration) {
      configuration.llm.baseURL = "http://127.0.0.1:\(port)/v1"
    }
  }

  static let three: JSONValue = ["content": "There are 3."]
  static func call(_ tool: String, _ arguments: String = #"{"text":"a b c"}"#) -> JSONValue {
    ["tool_calls": [["id": "c1", "function": ["name": .string(tool), "arguments": .string(arguments)]]]]
  }
  static func task(_ id: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
    .object(more.merging(["request_id": .string(id), "task": "How many words has a b c?"]) { $1 })
  }

  @Test func aPeerAtLevelBasicHasATaskDone() async throws {
    try await Model.run([Self.call("text__word_count"), Self.three]) { model in
      try await TestNode.run(configure: model.configure) { node in
        let token = try await TestPeer("asker").enter(node, trust: "basic")
        let answer = try await Web.post("/v1/p2p/task", Self.task("r1"), to: node.port, token: token)
        #expect(answer.status == 200)
        let members = answer.json.objectValue ?? [:]
        #expect(
          Set(members.keys) == [
            "request_id", "result", "agent_used", "execution_time_ms", "success", "error",
          ])
        #expect(members["result"] == "There are 3." && members["request_id"] == "r1")
        #expect(members["agent_used"] == "default" && members["success"] == true && members["error"] == .null)
        #expect(model.conversation.last?["content"]?.stringValue?.contains("3") == true, "the tool's result")
      }
    }
  }

  @Test func theSameRequestNeverRunsTwice() async throws {
    try await Model.run([Self.three]) { model in
      try await TestNode.run(configure: model.configure) { node in
        let token = try await TestPeer("asker").enter(node, trust: "basic")
        let first = try await Web.post("/v1/p2p/task", Self.task("r1"), to: node.port, token: token)
        let second = try await Web.post("/v1/p2p/task", Self.task("r1"), to: node.port, token: token)
        #expect(first.json == second.json)
        #expect(model.calls == 1)
        let other = try await Web.post(
          "/v1/p2p/task", ["request_id": "r1", "task": "Something else."], to: node.port, token: token)
        #expect(other.status == 409)
      }
    }
  }

  @Test func whoWouldRatherNotWaitAsksLater() async throws {
    try await Model.run([Self.call("text__word_count"), Self.three]) { model in
      try await TestNode.run(configure: model.configure) { node in
        let token = try await TestPeer("asker").enter(node, trust: "basic")
        let accepted = try await Web.send(
          "POST", "/v1/p2p/task", to: node.port, token: token, headers: [("Prefer", "wait=5, Respond-Async")],
          body: Self.task("r1").bytes)
        #expect(accepted.status == 202)
        #expect(accepted.header("Preference-Applied") == "respond-async")
        let place = try #require(accepted.header("Location"))
        #expect(place == "/v1/p2p/tasks/\(accepted.json["task_id"]?.stringValue ?? "")")
        let events = try await Web.get(place + "/events", from: node.port, token: token)
        #expect(events.header("Content-Type") == "text/event-stream")
        let lines = String(decoding: events.body, as: UTF8.self)
        #expect(lines.contains("\"tool\":\"text.word_count\"") || lines.contains("\"status\":\"done\""))
        let task = try await Web.get(place, from: node.port, token: token)
        #expect(task.json["status"] == "done" && task.json["result"] == "There are 3.")
      }
    }
  }

  @Test func aTaskIsItsCallersOwn() async throws {
    try await Model.run([Self.three]) { model in
      try await TestNode.run(configure: model.configure) { node in
        let token = try await TestPeer("asker").enter(node, trust: "basic")
        let other = try await TestPeer("other").enter(node, trust: "full")
        let accepted = try await Web.send(
          "POST", "/v1/p2p/task", to: node.port, token: token, headers: [("Prefer", "respond-async")],
          body: Self.task("r1").bytes)
        let place = try #require(accepted.header("Location"))
        for (verb, path) in [("GET", place), ("GET", place + "/events"), ("DELETE", place)] {
          let answer = try await Web.send(verb, path, to: node.port, token: other)
          #expect(answer.status == 404, "\(verb) \(path)")
        }
        #expect(try await Web.get(place, from: node.port).status == 401)
      }
    }
  }

  @Test func aTaskThatIsEndedIsCancelled() async throws {
    try await Model.run([nil]) { model in
      try await TestNode.run(configure: model.configure) { node in
        let token = try await TestPeer("asker").enter(node, trust: "basic")
        let accepted = try await Web.send(
          "POST", "/v1/p2p/task", to: node.port, token: token, headers: [("Prefer", "respond-async")],
          body: Self.task("r1").bytes)
        let place = try #require(accepted.header("Location"))
        try await eventually("the model is asked") { model.calls == 1 }
        let ended = try await Web.send("DELETE", place, to: node.port, token: token)
        #expect(ended.json["status"] == "cancelled" && ended.json["success"] == false)
        let again = try await Web.send("DELETE", place, to: node.port, token: token)
        #expect(again.json == ended.json)
      }
    }
  }

  @Test func aTaskThatTakesTooLongIsATimeout() async throws {
    try await Model.run([nil]) { model in
      try await TestNode.run(configure: model.configure) { node in
        let token = try await TestPeer("asker").enter(node, trust: "basic")
        let answer = try await Web.post(
          "/v1/p2p/task", Self.task("r1", ["timeout": 0.2]), to: node.port, token: token)
        #expect(answer.status == 504 && answer.code == "timed_out")
      }
    }
  }

  @Test func aHiddenSkillIsOutOfReachForATaskToo() async throws {
    try await Model.run([Self.call("text__word_count"), Self.three]) { model in
      try await TestNode.run(configure: {
        model.configure(&$0)
        $0.p2p.hideSkills = ["text"]
      }) { node in
        let token = try await TestPeer("asker").enter(node, trust: "full")
        _ = try await Web.post("/v1/p2p/task", Self.task("r1"), to: node.port, token: token)
        #expect(!model.tools.contains { $0.hasPrefix("text__") } && !model.tools.isEmpty)
        #expect(model.conversation.last?["content"] == "error: there is no tool text__word_count")
        _ = try await node.call("tasks.run", ["task": "The owner's own."])
        #expect(model.tools.contains("text__word_count"), "hidden from peers, not from the owner")
      }
    }
  }

  @Test func aPeerThatIsRejectedMeanwhileGetsNothingMoreDone() async throws {
    let folder = TemporaryFolder()
    let peer = try TestPeer("asker")
    try await Model.run([nil]) { model in
      try await TestNode.run(in: folder, configure: model.configure) { node in
        let token = try await peer.enter(node, trust: "basic")
        let accepted = try await Web.send(
          "POST", "/v1/p2p/task", to: node.port, token: token, headers: [("Prefer", "respond-async")],
          body: Self.task("r1").bytes)
        #expect(accepted.status == 202)
        _ = try await node.call("p2p.reject_peer", ["peer_id": .string(peer.id.description)])
      }
    }
    try await Model.run([Self.three]) { model in
      try await TestNode.run(in: folder, configure: model.configure) { node in
        try await eventually("it is refused") {
          try await node.call("tasks.list")["tasks"]?.arrayValue?.first?["code"] == "not_approved"
        }
        #expect(model.calls == 0)
      }
    }
  }

  @Test func withoutAModelATaskIsRefusedAndMayBeSentAgain() async throws {
    try await TestNode.run { node in
      let token = try await TestPeer("asker").enter(node, trust: "basic")
      let answer = try await Web.post("/v1/p2p/task", Self.task("r1"), to: node.port, token: token)
      #expect(answer.status == 503 && answer.code == "agent_unavailable")
      #expect(try await node.call("tasks.list") == ["tasks": []])
    }
  }

  @Test(
    arguments: [
      (["task": ""], 422), (["request_id": "r"], 422), (["task": 1], 422),
      (["task": "x", "agent": "other"], 422), (["task": "x", "timeout": 0], 422), (["task": "x", "more": 1], 422),
    ] as [(JSONValue, Int)])
  func whatIsNoTaskIsRefused(_ body: JSONValue, _ status: Int) async throws {
    try await Model.run([Self.three]) { model in
      try await TestNode.run(configure: model.configure) { node in
        let token = try await TestPeer("asker").enter(node, trust: "basic")
        let answer = try await Web.post("/v1/p2p/task", body, to: node.port, token: token)
        #expect(answer.status == status, "\(answer.json.text)")
        #expect(model.calls == 0)
      }
    }
  }

  @Test func aPeerDoesATaskForThisNode() async throws {
    try await Model.run([Self.call("text__word_count"), Self.three]) { model in
      try await TestNode.runTwo(configure: model.configure) { alpha, beta in
        let address: JSONValue = ["host": "127.0.0.1", "port": beta.port.json]
        _ = try await alpha.call("p2p.add_peer", address)
        _ = try await beta.call("p2p.approve_peer", ["peer_id": .string(alpha.id.description), "trust": "basic"])
        let done = try await alpha.call("p2p.remote_task", ["peer_id": "beta", "task": "How many words has a b c?"])
        #expect(done["result"] == "There are 3." && done["status"] == "done")
        #expect(done["peer_id"] == .string(beta.id.description))
        let there = try await beta.call("tasks.list")["tasks"]?.arrayValue ?? []
        #expect(there.map { $0["caller"] } == [.string(alpha.id.description)])
        #expect(there[0]["request_id"] == done["task_id"], "so that it is found again after a restart")
      }
    }
  }

  @Test func aPeerThatHasNotApprovedThisNodeDoesNothingForIt() async throws {
    try await Model.run([Self.three]) { model in
      try await TestNode.runTwo(configure: model.configure) { alpha, beta in
        _ = try await alpha.call("p2p.add_peer", ["host": "127.0.0.1", "port": beta.port.json])
        let error = await #expect(throws: NodeError.self) {
          try await alpha.call("p2p.remote_task", ["peer_id": "beta", "task": "x"])
        }
        #expect(error?.code == .notApproved)
        #expect(model.calls == 0)
      }
    }
  }

  @Test func whatWasAcceptedGoesOnAfterARestart() async throws {
    let folder = TemporaryFolder()
    try await Model.run([nil]) { model in
      try await TestNode.run(in: folder, configure: model.configure) { node in
        _ = try await node.call("tasks.run", ["task": "How many?", "detach": true])
        try await eventually("the model is asked") { model.calls == 1 }
      }
    }
    try await Model.run([Self.three]) { model in
      try await TestNode.run(in: folder, configure: model.configure) { node in
        let task = try await node.call("tasks.list")["tasks"]?.arrayValue?.first
        let number = try #require(task?["task_id"])
        try await eventually("it is done") {
          try await node.call("tasks.get", ["task_id": number])["status"] == "done"
        }
        #expect(model.calls == 1)
      }
    }
  }

  @Test func whatMayHaveChangedSomethingIsNotRunAgain() async throws {
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path + "/state", withIntermediateDirectories: true)
    let store = TaskStore(store: try Store(directory: folder.path + "/state"))
    let ids = (0..<2).map { TaskID(random: [UInt8](repeating: $0, count: 10)) }
    for id in ids {
      let record = TaskRecord(
        id: id, request: .init(task: "x"), requestID: nil, peer: nil, timeout: .seconds(5), by: .owner(uid: 0),
        at: Clock.now)
      _ = try await store.add(record, note: nil)
      try await store.start(id.text)
    }
    try await store.touch(ids[0].text)
    #expect(try await store.recover().map(\.id) == [ids[1].text])
    #expect(try await store.get(ids[0]).taskState == .interrupted)
    #expect(try await store.recover().map(\.id) == [ids[1].text], "the first verdict counts")
  }
}
