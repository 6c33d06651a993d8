import Glibc
package import LocalAPI
internal import PeerModel
internal import Synchronization

/// One configured server: started, watched, and started again when it ends.
package final class MCPServer: Sendable {
  package let name: String
  let settings: Configuration.MCPServer
  private let home: String
  private let limits: MCPLimits
  private let log: MCPLog
  private let state = Mutex(State())

  private struct State {
    var phase = MCPServerStatus.Phase.stopped
    var connection: MCPConnection?
    var session: MCPSession?
    var readySince: ContinuousClock.Instant?
    var restarts = 0
    var lastError: String?
    var pause: Task<Void, Never>?
    var isRestarting = false
    /// Those who wait for the end of ``MCPServerStatus/Phase/starting``.
    var waiters: [AsyncStream<Void>.Continuation] = []

    mutating func enter(_ phase: MCPServerStatus.Phase) {
      self.phase = phase
      guard phase != .starting else { return }
      for waiter in waiters { waiter.finish() }
      waiters = []
    }
  }

  /// How long a call waits for a server that is being started.
  private static let startPatience = Duration.seconds(20)

  /// - Parameter home: absolute path of its own folder, whose parent exists.
  package init(
    _ name: String, _ settings: Configuration.MCPServer, home: String, limits: MCPLimits = MCPLimits()
  ) {
    (self.name, self.settings, self.home, self.limits) = (name, settings, home, limits)
    log = MCPLog(server: name, settings: settings, limits: limits)
  }

  /// Keeps the server running until the task is cancelled; nothing of it is left then.
  package func run() async {
    var schedule = MCPBackoff()
    while !Task.isCancelled {
      let reason = await live()
      let (usable, isRestarting) = state.withLock { state in
        let usable = state.readySince.map { ContinuousClock.now - $0 } ?? .zero
        defer { state.isRestarting = false }
        (state.connection, state.readySince) = (nil, nil)
        if !state.isRestarting { state.lastError = reason }
        return (usable, state.isRestarting)
      }
      guard !Task.isCancelled else { break }
      if isRestarting {
        schedule = MCPBackoff()
      } else {
        await pause(schedule.pause(afterUsable: usable), after: reason)
      }
      if !Task.isCancelled { state.withLock { $0.restarts += 1 } }
    }
    state.withLock { $0.enter(.stopped) }
  }

  private func live() async -> String {
    state.withLock { $0.enter(.starting) }
    log.begin()
    let connection: MCPConnection
    do throws(NodeError) {
      guard mkdir(home, 0o700) == 0 || errno == EEXIST else { return "has no folder: its own cannot be made" }
      let session = MCPSession(patience: settings.timeout, trustsHints: settings.trustsHints, limits: limits)
      connection = MCPConnection(
        try MCPCommandLine(settings, home: home), session: session, limits: limits, log: log
      ) { [weak self] in self?.listed($0) }
    } catch {
      return "cannot be started: \(error.message)"
    }
    state.withLock { $0.connection = connection }
    let reason = MCPText.line(log.redacted(await connection.run()), limit: 300)
    return Diagnostics.sentence(from: Array(reason.utf8)) ?? "ended"
  }

  private func listed(_ session: MCPSession) {
    let isFirst = state.withLock { state in
      defer {
        state.session = session
        state.readySince = state.readySince ?? .now
        state.enter(.ready)
      }
      return state.readySince == nil
    }
    log.event(
      .info, isFirst ? "a server can be used" : "a server has other tools",
      ["tools": "\(session.tools.count)", "version": "\(session.version ?? "")"])
  }

  private func pause(_ length: Duration, after reason: String) async {
    log.event(
      .warning, "a server has ended", ["error": "\(reason)", "seconds_until_restart": "\(length.milliseconds / 1000)"])
    let pause = Task<Void, Never> { try? await Task.sleep(for: length) }
    state.withLock { state in
      state.enter(.waiting)
      state.pause = pause
    }
    await withTaskCancellationHandler {
      await pause.value
    } onCancel: {
      pause.cancel()
    }
    state.withLock { $0.pause = nil }
  }

  /// Starts the process anew, at once.
  func restart() {
    let (connection, pause) = state.withLock { state in
      state.isRestarting = state.connection != nil
      return (state.connection, state.pause)
    }
    connection?.stop("was restarted")
    pause?.cancel()
  }

  // MARK: Use

  /// How it is.
  package var status: MCPServerStatus {
    state.withLock { state in
      MCPServerStatus(
        name: name, phase: settings.isDisabled ? .disabled : state.phase,
        server: state.session?.serverName, protocolVersion: state.session?.version,
        tools: state.session?.tools.map(\.description.name) ?? [], restarts: state.restarts, lastError: state.lastError)
    }
  }

  /// As a skill: the tools that it has, or had when it was last there.
  var skill: SkillDescription {
    state.withLock { state in
      let reason: String? =
        switch state.phase {
        case .ready: nil
        case .starting: "it is being started"
        case .waiting, .stopped, .disabled, .refused: "it " + (state.lastError ?? "is not running")
        }
      let summary = state.session?.serverName.map { "MCP server \($0)." } ?? "An MCP server."
      return SkillDescription(
        name: name, summary: summary, tools: state.session?.tools.map(\.description) ?? [], unavailable: reason)
    }
  }

  /// Waits while it is being started.
  func settle(until deadline: ContinuousClock.Instant) async {
    let (end, waiter) = AsyncStream.makeStream(of: Void.self)
    let isStarting = state.withLock { state in
      if state.phase == .starting { state.waiters.append(waiter) }
      return state.phase == .starting
    }
    if isStarting { await MCPConnection.wait(for: end, atMost: min(Self.startPatience, deadline - .now)) }
  }

  /// Runs a tool by its name here.
  /// - Throws: as ``Skill/call(_:_:)``.
  func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput {
    let (connection, found, isReady) = state.withLock { state in
      (
        state.connection, state.session?.tools.first { $0.description.name == tool }, state.phase == .ready
      )
    }
    guard let found else {
      throw NodeError(.skillNotFound, "the skill \(name) has no tool named \(tool)", hint: "r skills")
    }
    guard let connection, isReady else {
      throw NodeError(
        .skillUnavailable, "\(name) cannot be used now: \(skill.unavailable ?? "it is being started")",
        hint: "r mcp restart \(name)")
    }
    do {
      let result = try await connection.call(
        found.serverName, .object(arguments.values), until: arguments.deadline, progress: arguments.progress)
      var reader = MCPResult(name: "\(name).\(tool)", workspace: arguments.workspace, limits: arguments.limits)
      return try reader.output(of: result)
    } catch var error as NodeError {
      error.message = log.redacted(error.message)
      throw error
    }
  }
}

/// A server's tools as a skill.
struct MCPSkill: Skill {
  let server: MCPServer

  var name: String { server.name }
  func description() async -> SkillDescription { server.skill }
  func settle(until deadline: ContinuousClock.Instant) async { await server.settle(until: deadline) }
  func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput {
    try await server.call(tool, arguments)
  }
}
