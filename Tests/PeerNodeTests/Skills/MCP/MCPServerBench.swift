import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// A server that runs: Tests/Fixtures/mcp/server.py, with the words that say how it misbehaves.
struct MCPServerBench {
  let server: MCPServer
  let bench: SkillBench
  let home: String

  /// Runs `body` with a server, which is gone afterwards with all that it started.
  static func run(
    _ modes: String..., timeout: Duration = .seconds(60), environment: [String: String] = [:],
    limits: MCPLimits = quick, _ body: (MCPServerBench) async throws -> Void
  ) async throws {
    let folder = TemporaryFolder()
    var settings = Configuration.MCPServer(command: "python3")
    settings.arguments = [projectPath("Tests/Fixtures/mcp/server.py")] + modes
    settings.timeout = timeout
    settings.environment = environment
    try await SkillBench.run { bench in
      let server = MCPServer("mis", settings, home: folder.path + "/mis", limits: limits)
      let test = MCPServerBench(server: server, bench: bench, home: folder.path + "/mis")
      let life = Task { await server.run() }
      do { try await body(test) } catch {
        life.cancel()
        await life.value
        throw error
      }
      life.cancel()
      await life.value
      #expect(server.status.phase == .stopped)
    }
  }

  /// Short pauses, as no test should wait for what a server does not do.
  static var quick: MCPLimits {
    var limits = MCPLimits()
    limits.endPatience = .milliseconds(300)
    limits.listInterval = .milliseconds(10)
    return limits
  }

  func isReady() async throws {
    // A hundred megabytes take their time on a machine that does other things.
    try await eventually("the server is ready", within: 60) { server.status.phase == .ready }
  }

  /// Waits until the server has ended at least so often.
  func ends(_ count: Int = 1) async throws -> String {
    try await eventually("the server ends") { server.status.restarts >= count || server.status.phase == .waiting }
    return server.status.lastError ?? ""
  }

  func call(
    _ tool: String, _ arguments: [String: JSONValue] = [:], within seconds: Int = 60,
    progress: @escaping @Sendable (JSONValue) async throws -> Void = { _ in }
  ) async throws -> SkillOutput {
    let arguments = SkillArguments(
      values: arguments, deadline: .now + .seconds(seconds), workspace: bench.workspace, progress: progress)
    return try await server.call(tool, arguments)
  }

  func process() async throws -> pid_t {
    try await isReady()
    let pid = try await call("pid").value
    return pid_t(try #require(pid.stringValue.flatMap { Int32($0) }))
  }
}

/// Whether a process is there; one that has ended and is not reaped counts as gone.
func isRunning(_ process: pid_t) -> Bool {
  guard kill(process, 0) == 0 else { return false }
  guard let file = fopen("/proc/\(process)/stat", "r") else { return false }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 512)
  guard fgets(&line, 512, file) != nil else { return false }
  let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  return !text.contains(") Z ")
}
