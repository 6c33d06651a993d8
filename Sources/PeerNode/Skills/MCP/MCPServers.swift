import Glibc
package import LocalAPI
import Logging
package import PeerModel
import ServiceLifecycle
internal import Synchronization

/// All servers of the Model Context Protocol that are configured: each runs by itself, and none keeps the node waiting.
package final class MCPServers: Service {
  private let settings: Settings
  private let library: SkillLibrary
  private let directory: String
  private let limits: MCPLimits
  private let logger = Logger(label: "MCP")
  private let state = Mutex(State())

  private struct State {
    var isRunning = false
    var servers: [String: (server: MCPServer, life: Task<Void, Never>?)] = [:]
    /// Configured, but not started: why not.
    var refused: [String: String] = [:]
  }

  /// Starts nothing yet.
  /// - Parameter directory: absolute path of the folder for the servers' own folders; its parent exists.
  package init(settings: Settings, library: SkillLibrary, directory: String, limits: MCPLimits = MCPLimits()) {
    (self.settings, self.library, self.directory, self.limits) = (settings, library, directory, limits)
  }

  /// Runs the servers until a graceful shutdown; nothing of them is left then.
  package func run() async throws {
    // A server that has closed its input is no reason to end.
    signal(SIGPIPE, SIG_IGN)
    state.withLock { $0.isRunning = true }
    reconfigure()
    try? await gracefulShutdown()
    let lives = state.withLock { state in
      state.isRunning = false
      return state.servers.values.compactMap(\.life)
    }
    for life in lives { life.cancel() }
    for life in lives { await life.value }
  }

  /// Makes the servers those of the configuration: what was removed or changed ends, what is new or changed starts, all
  /// else goes on. Servers whose name a built-in or a command skill has are refused.
  package func reconfigure() {
    let wanted = settings.current.mcpServers
    let taken = library.namesWithoutServers.union([SkillService.ownSkill])
    if !wanted.isEmpty, mkdir(directory, 0o700) != 0, errno != EEXIST {
      logger.error(
        "the folder of the servers cannot be made", metadata: ["error": "\(String(cString: strerror(errno)))"])
    }
    let (skills, refused) = state.withLock { state in
      var servers: [String: (server: MCPServer, life: Task<Void, Never>?)] = [:]
      state.refused = [:]
      for (name, entry) in wanted {
        guard !taken.contains(name) else {
          state.refused[name] = "another skill has its name"
          continue
        }
        let old = state.servers[name]
        if let old, old.server.settings == entry {
          servers[name] = old
          if old.life == nil { servers[name]?.life = start(old.server, after: nil, state) }
        } else {
          let server = MCPServer(name, entry, home: "\(directory)/\(name)", limits: limits)
          servers[name] = (server, start(server, after: old?.life, state))
        }
      }
      for (name, old) in state.servers where servers[name]?.server !== old.server { old.life?.cancel() }
      state.servers = servers
      let used = servers.values.map(\.server).filter { !$0.settings.isDisabled }
      return (used.map { MCPSkill(server: $0) }, state.refused)
    }
    let warnings = refused.sorted { $0.key < $1.key }.map { "mcp_servers.\($0.key) is not used: \($0.value)" }
    for warning in warnings { logger.warning("a server is not used", metadata: ["error": "\(warning)"]) }
    library.replaceServers(with: skills, warnings: warnings)
  }

  /// - Parameter old: the life of the server that it replaces, which has to be over first.
  private func start(_ server: MCPServer, after old: Task<Void, Never>?, _ state: State) -> Task<Void, Never>? {
    guard state.isRunning, !server.settings.isDisabled else { return nil }
    return Task {
      await old?.value
      await server.run()
    }
  }

  /// How each of them is, by name.
  package var statuses: [MCPServerStatus] {
    let (servers, refused) = state.withLock { ($0.servers.values.map(\.server), $0.refused) }
    let others = refused.map { name, reason in
      MCPServerStatus(name: name, phase: .refused, tools: [], restarts: 0, lastError: reason)
    }
    return (servers.map(\.status) + others).sorted { $0.name < $1.name }
  }

  /// Starts a server anew, at once.
  /// - Throws: ``NodeError`` `not_found` when there is none of that name, `conflict` when it is not to run.
  package func restart(_ name: String) throws(NodeError) {
    let (server, refusal) = state.withLock { ($0.servers[name]?.server, $0.refused[name]) }
    if let refusal { throw NodeError(.conflict, "\(name) is not used: \(refusal)", hint: "r skills") }
    guard let server else {
      let names = statuses.map(\.name)
      let near = Spelling.nearest(to: name, among: names)
      throw NodeError(
        .notFound, "there is no MCP server named \(name.prefix(64))",
        hint: near.map { "did you mean \($0)?" } ?? "r mcp")
    }
    guard !server.settings.isDisabled else {
      throw NodeError(
        .conflict, "\(name) is disabled", hint: "set mcp_servers.\(name).disabled to false in the configuration")
    }
    server.restart()
  }
}
