import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// The section `mcp_servers:` of the configuration, and what a reload does.
@Suite struct MCPConfigurationTests {
  private func parse(_ text: String) throws -> [String: Configuration.MCPServer] {
    try Configuration.parse(text: text, file: "c.yaml").mcpServers
  }

  @Test func theShapeOfOtherClientsIsRead() throws {
    let servers = try parse(
      """
      mcp_servers:
        git:
          command: uvx
          args: [mcp-server-git, --repository, /srv/project]
          env: {API_KEY: "hunter2", EMPTY: ""}
          cwd: /srv
          network: true
          disabled: true
          timeout: 5m
          trust_hints: true
        time: {command: /opt/mcp/time}
      """)
    var git = Configuration.MCPServer(command: "uvx")
    git.arguments = ["mcp-server-git", "--repository", "/srv/project"]
    git.environment = ["API_KEY": "hunter2", "EMPTY": ""]
    git.folder = "/srv"
    git.network = true
    git.isDisabled = true
    git.timeout = .seconds(300)
    git.trustsHints = true
    #expect(servers == ["git": git, "time": Configuration.MCPServer(command: "/opt/mcp/time")])
    #expect(try parse("mcp_servers:") == [:] && parse("mcp_servers: {}") == [:])
  }

  @Test(
    arguments: [
      ("mcp_servers: [a]", "c.yaml:1: mcp_servers: expected servers by name, got a list", nil),
      ("mcp_servers:\n  a: x", "c.yaml:2: mcp_servers.a: expected keys with their values, got the text \"x\"", nil),
      (
        "mcp_servers:\n  a: {args: []}", "c.yaml:2: mcp_servers.a.command: missing",
        "name the program, such as command: mcp-server-git"
      ),
      (
        "mcp_servers:\n  a:\n    comand: x", "c.yaml:3: mcp_servers.a.comand: unknown key, did you mean command?", nil
      ),
      (
        "mcp_servers:\n  a:\n    url: https://x", "c.yaml:3: mcp_servers.a.url: unknown key",
        "only servers that are started as programs (command) can be used"
      ),
      (
        "mcp_servers:\n  a b: {command: x}",
        "c.yaml:2: mcp_servers.\"a b\": the name is no skill name: letters, digits, - and _, at most 64",
        "it is the name of the skill, such as git"
      ),
      (
        "mcp_servers:\n  a: {command: bin/x}",
        "c.yaml:2: mcp_servers.a.command: \"bin/x\" is neither a name nor an absolute path",
        "a name such as mcp-server-git, or an absolute path; arguments go into args"
      ),
      (
        "mcp_servers:\n  a:\n    command: x\n    args: [--port, 80]",
        "c.yaml:4: mcp_servers.a.args: expected a text, got the number 80", "put it in quotes: \"80\""
      ),
      (
        "mcp_servers:\n  a:\n    command: x\n    timeout: 0",
        "c.yaml:4: mcp_servers.a.timeout: expected a time from 1s to 1d, got the number 0",
        "write seconds, or a number with s, m, h or d"
      ),
      (
        "mcp_servers:\n  a:\n    command: x\n    network: yes",
        "c.yaml:4: mcp_servers.a.network: expected true or false, got the text \"yes\"", "write true or false"
      ),
      (
        "mcp_servers:\n  a:\n    command: x\n    cwd: here",
        "c.yaml:4: mcp_servers.a.cwd: \"here\" is not an absolute path",
        "write the whole path, such as /srv/skills.d"
      ),
      (
        "mcp_servers:\n  a:\n    command: x\n    env: {A B: c}",
        "c.yaml:4: mcp_servers.a.env: a name that no variable can have",
        "letters, digits and _, such as API_KEY"
      ),
    ] as [(String, String, String?)])
  func faultsNameTheLineAndTheKey(_ text: String, _ message: String, _ hint: String?) {
    #expect(throws: NodeError(.configuration, message, hint: hint)) { try parse(text) }
  }

  @Test(arguments: ["31415926", "[31415926]", "{a: 31415926}"]) func faultsDoNotShowSecrets(_ value: String) {
    do {
      _ = try parse("mcp_servers:\n  a:\n    command: x\n    env: {KEY: \(value)}")
      Issue.record("it was taken")
    } catch {
      #expect("\(error)" == "configuration: c.yaml:4: mcp_servers.a.env.KEY: expected a text")
    }
  }

  @Test func secretsAreNotShownAndStillCountAsChanges() throws {
    let first = try Configuration.parse(
      text: "mcp_servers: {a: {command: x, env: {KEY: hunter2}}}", file: "c.yaml")
    var second = first
    second.mcpServers["a"]?.environment["KEY"] = "other"
    #expect(!first.json.text.contains("hunter2") && first.json["mcp_servers"]?["a"]?["env"] == ["KEY": "(hidden)"])
    #expect(second.changes(from: first).live == ["mcp_servers"])
    #expect(first.changes(from: first).live == [])
  }

  @Test func aReloadStartsAndStopsWhatChangedAndLeavesTheRest() async throws {
    func server(_ timeout: Int) -> Configuration.MCPServer {
      var server = Configuration.MCPServer(command: "python3")
      server.arguments = [projectPath("Tests/Fixtures/mcp/server.py")]
      server.timeout = .seconds(timeout)
      return server
    }
    let folder = TemporaryFolder()
    try await SkillBench.run { bench in
      let library = bench.library(SystemSkill())
      var configuration = Configuration(name: "node")
      configuration.mcpServers = [
        "kept": server(60), "changed": server(60), "removed": server(60), "system": server(60),
      ]
      let settings = Settings(configuration)
      let servers = MCPServers(
        settings: settings, library: library, directory: folder.path + "/mcp", limits: MCPServerBench.quick)
      let life = Task { try await servers.run() }
      func process(_ name: String) async throws -> pid_t {
        try await eventually("\(name) is ready") {
          servers.statuses.contains { $0.name == name && $0.phase == .ready }
        }
        let pid = try await library.call(skill: name, tool: "pid", arguments: [:], timeout: .seconds(60)).value
        return pid_t(try #require(pid.stringValue.flatMap { Int32($0) }))
      }
      let (kept, changed, removed) = (
        try await process("kept"), try await process("changed"), try await process("removed")
      )
      #expect(library.warnings == ["mcp_servers.system is not used: another skill has its name"])
      #expect(servers.statuses.last?.phase == .refused)

      configuration.mcpServers = ["kept": server(60), "changed": server(61), "added": server(60)]
      settings.replace(with: configuration)
      servers.reconfigure()
      _ = try await process("added")
      #expect(try await process("kept") == kept)
      #expect(try await process("changed") != changed)
      #expect(servers.statuses.map(\.name) == ["added", "changed", "kept"] && library.warnings.isEmpty)
      try await eventually("the removed one has ended") { !isRunning(removed) && !isRunning(changed) }
      await #expect(throws: NodeError.self) {
        try await library.call(skill: "removed", tool: "pid", arguments: [:], timeout: .seconds(60))
      }

      configuration.mcpServers["kept"]?.isDisabled = true
      settings.replace(with: configuration)
      servers.reconfigure()
      #expect(servers.statuses.last?.phase == .disabled)
      await #expect(throws: NodeError.self) {
        try await library.call(skill: "kept", tool: "pid", arguments: [:], timeout: .seconds(60))
      }
      #expect(throws: NodeError.self) { try servers.restart("kept") }
      #expect(throws: NodeError(.notFound, "there is no MCP server named chnged", hint: "did you mean changed?")) {
        try servers.restart("chnged")
      }
      life.cancel()
      try await life.value
      try await eventually("all have ended") { !isRunning(kept) }
    }
  }
}
