import PeerModel
import PeerNode
import Synchronization
import Testing

/// The agent's conversation with a model that does what the test says.
@Suite struct AgentTests {
  /// Answers one after the other, and remembers what it was told.
  private final class Script: Sendable {
    private let state: Mutex<(answers: [ChatMessage], heard: [[ChatMessage]])>
    init(_ answers: [ChatMessage]) { state = Mutex((answers, [])) }

    func answer(_ conversation: [ChatMessage]) -> ChatMessage {
      state.withLock { state in
        state.heard.append(conversation)
        return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
      }
    }
    var heard: [[ChatMessage]] { state.withLock(\.heard) }
    /// What tools gave, in order.
    var results: [String] {
      (heard.last ?? []).compactMap { if case .tool(_, let text) = $0 { text } else { nil } }
    }
  }

  private static let skill = SkillDescription(
    name: "text", summary: "Text.",
    tools: [
      ToolDescription(
        name: "count", summary: "Count.", arguments: .object(["text": .string("The text.")]), isReadOnly: true),
      ToolDescription(name: "write", summary: "Write.", arguments: .object([:])),
      ToolDescription(name: "gone", summary: "Gone.", arguments: .object([:]), unavailable: "not installed"),
    ])

  private static func call(_ name: String, _ arguments: String = "{}") -> ChatMessage {
    .assistant(nil, [ChatToolCall(id: "c", name: name, arguments: arguments)])
  }

  private func run(
    _ script: Script, _ log: Log = Log(),
    tool: @escaping @Sendable (String, JSONValue) throws -> JSONValue = { _, _ in 3 }
  ) async throws -> String {
    let toolbox = Toolbox([Self.skill]) { skill, name, arguments in
      log.add("\(skill).\(name)")
      return SkillOutput(value: try tool(name, arguments))
    }
    let agent = Agent(toolbox: toolbox, willChange: { log.add("noted") }) { conversation, _ in
      script.answer(conversation)
    }
    return try await agent.perform("How many words?", context: "a b c")
  }

  private final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock(\.self) }
  }

  @Test func aTaskIsAnsweredAfterItsTools() async throws {
    let script = Script([Self.call("text__count", #"{"text":"a b c"}"#), .assistant("There are 3.", [])])
    #expect(try await run(script) == "There are 3.")
    #expect(script.results == ["3"])
    guard case .user(let context) = script.heard[0][1], case .user(let task) = script.heard[0][2] else {
      Issue.record("the context comes before the task")
      return
    }
    #expect(context.hasSuffix("a b c") && task == "How many words?")
  }

  @Test(arguments: [
    ("text__none", "{}", "error: there is no tool text__none"),
    ("text.count", "{}", "error: there is no tool text.count"),
    ("text__gone", "{}", "error: there is no tool text__gone"),
    ("text__count", "{", "error: the arguments are no JSON object"),
    ("text__count", "[1]", "error: the arguments are no JSON object"),
  ])
  func whatTheModelDoesWrongIsToldToIt(_ name: String, _ arguments: String, _ told: String) async throws {
    let script = Script([Self.call(name, arguments), .assistant("Never mind.", [])])
    let log = Log()
    #expect(try await run(script, log) == "Never mind.")
    #expect(script.results == [told])
    #expect(log.all == [], "nothing ran")
  }

  @Test func whatAToolFailsWithIsToldToTheModel() async throws {
    let script = Script([Self.call("text__count"), .assistant("It failed.", [])])
    _ = try await run(script) { _, _ in throw NodeError(.skillFailed, "the text is empty") }
    #expect(script.results == ["error: the text is empty"])
  }

  @Test func whatMayChangeSomethingIsNotedFirst() async throws {
    let script = Script([Self.call("text__count"), Self.call("text__write"), .assistant("Done.", [])])
    let log = Log()
    _ = try await run(script, log)
    #expect(log.all == ["text.count", "noted", "text.write"])
  }

  @Test func aLongResultIsCutOffAndTheModelKnows() async throws {
    let script = Script([Self.call("text__count"), .assistant("Long.", [])])
    _ = try await run(script) { _, _ in .string(String(repeating: "x", count: 100_000)) }
    #expect(script.results[0].utf8.count < 33_000)
    #expect(script.results[0].hasSuffix("[cut off here: the whole has 100000 bytes]"))
  }

  @Test func aModelThatNeverAnswersIsStopped() async throws {
    let script = Script([Self.call("text__count")])
    let error = await #expect(throws: NodeError.self) { try await run(script) }
    #expect(error?.code == .taskFailed)
    #expect(script.heard.count == 24)
  }

  @Test(arguments: [nil, "", " \n"])
  func anEmptyAnswerIsNone(_ text: String?) async throws {
    let error = await #expect(throws: NodeError.self) { try await run(Script([.assistant(text, [])])) }
    #expect(error?.code == .taskFailed)
  }

  @Test func tooManyToolsAtATimeAreRefused() async throws {
    let calls = (0..<20).map { ChatToolCall(id: "c\($0)", name: "text__count", arguments: "{}") }
    let script = Script([.assistant(nil, calls), .assistant("Done.", [])])
    let log = Log()
    _ = try await run(script, log)
    #expect(log.all.count == 16)
    #expect(script.results.count == 20, "every call has its answer, as the API wants it")
  }

  @Test(arguments: [
    #"{}"#, #"[]"#, #"{"choices":[]}"#, #"{"choices":[{"message":"x"}]}"#, #"{"error":{"message":"no"}}"#,
  ])
  func whatIsNoCompletionIsRefused(_ text: String) throws {
    #expect(throws: NodeError.self) { try ChatMessage(completion: try JSONParser.parse(text)) }
  }

  @Test func aCompletionIsReadWhateverItsServer() throws {
    let json = try JSONParser.parse(
      #"{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"a","arguments":{"b":1}}},{"x":1}]}}]}"#
    )
    #expect(
      try ChatMessage(completion: json)
        == .assistant(nil, [ChatToolCall(id: "call-0", name: "a", arguments: #"{"b":1}"#)]))
  }
}
