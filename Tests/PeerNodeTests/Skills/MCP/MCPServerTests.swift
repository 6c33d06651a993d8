import Glibc
import PeerModel
import PeerTestSupport
import Synchronization
import Testing

@testable import PeerNode

/// Processes of servers, good ones and such that do what they must not.
@Suite(.timeLimit(.minutes(2))) struct MCPServerTests {
  @Test func aServersToolsAreASkill() async throws {
    try await MCPServerBench.run { test in
      try await test.isReady()
      let skill = test.server.skill
      #expect(skill.name == "mis" && skill.summary == "MCP server misbehaver 1." && skill.unavailable == nil)
      let names = skill.tools.map(\.name)
      #expect(names.contains("dotted_name") && names.contains("dotted_name_2") && !names.contains("broken"))
      #expect(skill.tools.first?.summary == "The tool echo." && skill.tools.first?.isReadOnly == false)
      #expect(try await test.call("echo", ["text": "ü\n", "count": 3]).value == ["text": "ü\n", "count": 3])
      #expect(try await test.call("dotted_name").value == "dotted.name")
      #expect(try await test.call("structured").value == ["rows": [1, 2]])
      let files = try await test.call("files")
      #expect(files.files.map(\.name) == ["image.png", "data.bin"] && files.value.arrayValue?.first == "two files")
    }
  }

  @Test func failuresAreTheServersOwnSentence() async throws {
    try await MCPServerBench.run { test in
      try await test.isReady()
      await #expect(throws: NodeError(.skillFailed, "mis.fail: no such table: [31msales in (path)")) {
        try await test.call("fail")
      }
      await #expect(throws: NodeError.self) { try await test.call("pretend") }
    }
  }

  @Test func theEnvironmentIsCleanAndTheFoldersArePrivate() async throws {
    setenv("RD_TEST_LEAK", "1", 1)
    try await MCPServerBench.run(environment: ["API_KEY": "hunter2"]) { test in
      try await test.isReady()
      let value = try await test.call("environment").value
      let variables = try #require(value["env"]?.objectValue)
      let own: Set = ["API_KEY", "PATH", "LANG", "HOME", "TMPDIR"]
      #expect(Set(variables.keys).subtracting(["LC_CTYPE"]) == own)
      #expect(variables["HOME"]?.stringValue == test.home && value["cwd"]?.stringValue == test.home)
      var facts = stat()
      #expect(stat(test.home, &facts) == 0 && facts.st_mode & 0o777 == 0o700)
    }
  }

  @Test func secretsAreNotInErrors() async throws {
    try await MCPServerBench.run(environment: ["API_KEY": "hunter2hunter2"]) { test in
      try await test.isReady()
      await #expect(throws: NodeError(.skillFailed, "mis.secret: bad key (hidden)")) { try await test.call("secret") }
    }
  }

  @Test func progressReachesTheCaller() async throws {
    try await MCPServerBench.run { test in
      try await test.isReady()
      let steps = Mutex<[String]>([])
      let output = try await test.call("slow", ["steps": 3]) { value in
        steps.withLock { $0.append(value["message"]?.stringValue ?? "") }
      }
      #expect(output.value == "done" && steps.withLock { $0 } == ["step 1", "step 2", "step 3"])
    }
  }

  @Test func theServersOwnRequestsAreAnswered() async throws {
    try await MCPServerBench.run { test in
      try await test.isReady()
      let answers = try #require(try await test.call("ask").value.arrayValue)
      #expect(answers.first == [:])
      #expect(answers.dropFirst().allSatisfy { $0["code"] == -32601 } && answers.count == 4)
    }
  }

  @Test func toolsThatChangeAreListedAgain() async throws {
    try await MCPServerBench.run { test in
      try await test.isReady()
      #expect(try await test.call("change").value == "done")
      try await eventually("the new tool is listed") { test.server.status.tools.contains("added") }
      #expect(try await test.call("added").value == "added")
    }
  }

  @Test func aCancelledCallIsToldToTheServerAndOthersGoOn() async throws {
    try await MCPServerBench.run { test in
      try await test.isReady()
      let hanging = Task { try await test.call("hang") }
      // It hangs once the server has taken it, which the answer to a later call shows.
      _ = try await test.call("pid")
      hanging.cancel()
      await #expect(throws: CancellationError.self) { try await hanging.value }
      #expect(try await test.call("echo").value == [:])
      #expect(test.server.status.restarts == 0)
    }
  }

  @Test func aCallThatIsNeverAnsweredTimesOut() async throws {
    try await MCPServerBench.run("no-answer", timeout: .seconds(1)) { test in
      try await test.isReady()
      await #expect(throws: NodeError(.timedOut, "the server took too long to answer")) { try await test.call("echo") }
      #expect(test.server.status.phase == .ready, "it still answers pings")
    }
  }

  // MARK: What a server must not do

  @Test(arguments: ["garbage", "wrong-ids", "twice", "stderr=2000000", "batch", "version=2024-11-05", "pages=40"])
  func whatDoesNoHarmIsPutUpWith(_ mode: String) async throws {
    try await MCPServerBench.run(mode) { test in
      try await test.isReady()
      let tool = mode == "pages=40" ? "tool39" : "pid"
      _ = try await test.call(tool)
      _ = try await test.call(tool)
      #expect(test.server.status.restarts == 0)
    }
  }

  @Test func aHundredMegabytesOnStandardErrorStopNothing() async throws {
    try await MCPServerBench.run("stderr=100000000") { test in
      try await test.isReady()
      #expect(try await test.call("echo").value == [:])
    }
  }

  @Test(
    arguments: [
      ("huge", "sent a line of more than 8388608 bytes"), ("floods", "sends too much that nobody asked for"),
      ("dies", "ended with status 3"),
    ])
  func whatDoesHarmEndsTheServerAndTheCallAndItComesBack(_ mode: String, _ reason: String) async throws {
    try await MCPServerBench.run(mode) { test in
      try await test.isReady()
      await #expect(throws: NodeError.self) { try await test.call("echo") }
      #expect(try await test.ends() == reason)
      try await eventually("it is started again") { test.server.status.restarts == 1 }
      try await test.isReady()
    }
  }

  @Test(
    arguments: [
      ("endless", "lists its tools without end"), ("exits=7", "ended with status 7: ValueError: no key was given"),
      (
        "version=2099-01-01",
        "speaks revision 2099-01-01 of the protocol, and this node 2024-11-05, 2025-03-26, 2025-06-18"
      ),
      ("no-hello", "did not answer within 1 s"),
    ])
  func aServerThatCannotBeUsedSaysWhyAndIsTriedAgain(_ mode: String, _ reason: String) async throws {
    try await MCPServerBench.run(mode, timeout: mode == "no-hello" ? .seconds(1) : .seconds(60)) { test in
      #expect(try await test.ends() == reason)
      #expect(test.server.skill.unavailable != nil)
      try await eventually("it is tried again") { test.server.status.restarts >= 1 }
    }
  }

  @Test func aServerThatReadsNothingIsEnded() async throws {
    var limits = MCPServerBench.quick
    limits.outgoingBytes = 1 << 20
    try await MCPServerBench.run("deaf", limits: limits) { test in
      try await test.isReady()
      let text = JSONValue.string(String(repeating: "x", count: 700_000))
      let first = Task { try await test.call("echo", ["text": text]) }
      let second = Task { try await test.call("echo", ["text": text]) }
      await #expect(throws: NodeError.self) { try await first.value }
      await #expect(throws: NodeError.self) { try await second.value }
      #expect(try await test.ends() == "does not read what it is sent")
    }
  }

  @Test func aProgramThatIsNotThereIsAReason() async throws {
    let folder = TemporaryFolder()
    let server = MCPServer(
      "none", Configuration.MCPServer(command: "no-such-program"), home: folder.path + "/none")
    let life = Task { await server.run() }
    try await eventually("it is tried") { server.status.phase == .waiting }
    #expect(server.status.lastError == "cannot be started: the program no-such-program is not installed")
    life.cancel()
    await life.value
  }

  // MARK: Ends

  @Test(arguments: ["", "stubborn", "orphan"]) func nothingIsLeftOfAServerThatIsStopped(_ mode: String) async throws {
    var process: pid_t = 0
    try await MCPServerBench.run(mode) { test in process = try await test.process() }
    #expect(!isRunning(process))
  }

  @Test func aKilledServerIsStartedAgainAndRunsCallsAgain() async throws {
    try await MCPServerBench.run { test in
      let first = try await test.process()
      let hanging = Task { try await test.call("hang") }
      _ = try await test.call("pid")
      kill(first, SIGKILL)
      await #expect(throws: NodeError(.skillFailed, "the server has ended", hint: "r mcp")) { try await hanging.value }
      try await eventually("it is started again") { test.server.status.restarts == 1 }
      #expect(test.server.status.lastError == "was ended by signal 9")
      #expect(try await test.process() != first)
    }
  }

  @Test func aRestartByHandComesAtOnceAndIsNoFault() async throws {
    try await MCPServerBench.run { test in
      let first = try await test.process()
      test.server.restart()
      try await eventually("it is started again") { test.server.status.restarts == 1 }
      #expect(try await test.process() != first && test.server.status.lastError == nil)
    }
  }
}
