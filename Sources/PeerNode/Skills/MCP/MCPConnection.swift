internal import Glibc
internal import PeerModel
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// One life of a server's process, and the session with it: a thin shell around ``MCPSession``.
///
/// What the server prints is handled where it is read, so a server that prints faster than that waits.
final class MCPConnection: Sendable {
  private let line: MCPCommandLine
  private let limits: MCPLimits
  private let log: MCPLog
  private let changed: @Sendable (MCPSession) -> Void
  private let state: Mutex<State>
  private let outgoing: AsyncStream<[UInt8]>
  /// Ends when the process is to end.
  private let closing: AsyncStream<Void>
  private let close: AsyncStream<Void>.Continuation

  private struct State {
    var session: MCPSession
    var calls: [Int: AsyncThrowingStream<Event, any Error>.Continuation] = [:]
    var nextCall = 0
    var writer: AsyncStream<[UInt8]>.Continuation
    var outgoingBytes = 0
    var reason: String?
    var timer: (due: ContinuousClock.Instant, task: Task<Void, Never>)?
  }

  /// What a call hears.
  private enum Event: Sendable {
    case progress(JSONValue)
    case result(JSONValue)
  }

  private typealias Running = Execution<CustomWriteInput, SequenceOutput, SequenceOutput>

  /// - Parameter changed: is told when the tools are known or have changed; called while the session is locked.
  init(
    _ line: MCPCommandLine, session: MCPSession, limits: MCPLimits, log: MCPLog,
    changed: @escaping @Sendable (MCPSession) -> Void
  ) {
    (self.line, self.limits, self.log, self.changed) = (line, limits, log, changed)
    let (outgoing, writer) = AsyncStream.makeStream(of: [UInt8].self)
    self.outgoing = outgoing
    (closing, close) = AsyncStream.makeStream(of: Void.self)
    state = Mutex(State(session: session, writer: writer))
  }

  // MARK: Calls

  /// Runs a tool.
  /// - Throws: ``NodeError`` as ``MCPSession`` has them; `CancellationError`, after which the server has been told.
  func call(
    _ tool: String, _ arguments: JSONValue, until deadline: ContinuousClock.Instant,
    progress: @Sendable (JSONValue) async throws -> Void
  ) async throws -> JSONValue {
    // Only the newest steps: a caller that is slow to take them misses some.
    let (events, continuation) = AsyncThrowingStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(16))
    let number = state.withLock { state in
      state.nextCall += 1
      state.calls[state.nextCall] = continuation
      return state.nextCall
    }
    continuation.onTermination = { [weak self] ending in
      if case .cancelled = ending { self?.drive { $0.cancel(number, at: .now) } }
    }
    drive { $0.call(number, tool, arguments, until: deadline, at: .now) }
    defer { state.withLock { $0.calls[number] = nil } }
    for try await event in events {
      switch event {
      case .progress(let value): try await progress(value)
      case .result(let value): return value
      }
    }
    throw CancellationError()
  }

  /// Ends the process, as far as it has not ended.
  func stop(_ reason: String) {
    state.withLock { state in state.reason = state.reason ?? reason }
    close.finish()
  }

  // MARK: The session

  /// Hands something to the session and does what it says.
  private func drive(_ step: (inout MCPSession) -> [MCPSession.Action]) {
    let ends: [@Sendable () -> Void] = state.withLock { state in
      let actions = step(&state.session)
      defer { arm(&state) }
      return actions.flatMap { perform($0, &state) }
    }
    for end in ends { end() }
  }

  /// - Returns: what has to be done without the lock: it may call back.
  private func perform(_ action: MCPSession.Action, _ state: inout State) -> [@Sendable () -> Void] {
    switch action {
    case .send(let bytes):
      state.outgoingBytes += bytes.count
      guard state.outgoingBytes <= limits.outgoingBytes else {
        state.reason = state.reason ?? "does not read what it is sent"
        return [{ [close] in close.finish() }]
      }
      state.writer.yield(bytes)
    case .tools: changed(state.session)
    case .log(let severity, let text): log.note(severity, text)
    case .close(let reason):
      state.reason = state.reason ?? reason
      return [{ [close] in close.finish() }]
    case .progress(let call, let value):
      guard let continuation = state.calls[call] else { return [] }
      return [{ continuation.yield(.progress(value)) }]
    case .finish(let call, let outcome):
      guard let continuation = state.calls.removeValue(forKey: call) else { return [] }
      return [
        {
          switch outcome {
          case .success(let value):
            continuation.yield(.result(value))
            continuation.finish()
          case .failure(let error): continuation.finish(throwing: error)
          }
        }
      ]
    }
    return []
  }

  /// Sees to it that the session is told when something is due.
  private func arm(_ state: inout State) {
    let next = state.session.nextDeadline
    guard next != state.timer?.due else { return }
    state.timer?.task.cancel()
    state.timer = next.map { due in
      let task = Task { [weak self] in
        do { try await Task.sleep(until: due, clock: .continuous) } catch { return }
        self?.fire(due)
      }
      return (due, task)
    }
  }

  private func fire(_ due: ContinuousClock.Instant) {
    state.withLock { state in if state.timer?.due == due { state.timer = nil } }
    drive { $0.tick(at: .now) }
  }

  // MARK: The process

  /// Starts the process and goes on until it has ended with all of its group.
  /// - Returns: why it ended, at the end of a sentence that begins with its name.
  func run() async -> String {
    // The task that waits may be cancelled; the process ends in order nevertheless.
    let life = Task { await live() }
    return await withTaskCancellationHandler {
      await life.value
    } onCancel: {
      stop("was stopped")
    }
  }

  private func live() async -> String {
    var options = PlatformOptions()
    options.createSession = true
    let variables = line.environment.map { (Subprocess.Environment.Key(stringLiteral: $0.key), $0.value) }
    let configuration = Subprocess.Configuration(
      executable: .path(FilePath(line.executable)), arguments: Arguments(line.arguments),
      environment: .custom(Dictionary(variables, uniquingKeysWith: { $1 })),
      workingDirectory: FilePath(line.folder), platformOptions: options)
    var ending: String
    do {
      let result = try await Subprocess.run(configuration, input: .inputWriter, output: .sequence, error: .sequence) {
        await self.attend($0)
      }
      ending = Self.sentence(result.terminationStatus, log.lastLine)
    } catch {
      ending = "cannot be started: \(error)"
    }
    let reason = state.withLock { state in
      state.timer?.task.cancel()
      state.timer = nil
      return state.reason
    }
    drive { $0.end("has ended") }
    return reason ?? ending
  }

  private static func sentence(_ status: TerminationStatus, _ lastLine: String?) -> String {
    let ended =
      switch status {
      case .exited(let code): "ended with status \(code)"
      case .signaled(let signal): "was ended by signal \(signal)"
      }
    return lastLine.map { "\(ended): \($0)" } ?? ended
  }

  /// Talks to the process until it ends or is to end, and then ends what is left of its group.
  private func attend(_ running: Running) async {
    let (output, outputEnd) = AsyncStream.makeStream(of: Void.self)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [self] in
        await read(running.standardOutput)
        outputEnd.finish()
        close.finish()
      }
      group.addTask { [self] in await readErrors(running.standardError) }
      group.addTask { [self] in await write(to: running.standardInputWriter) }
      drive { $0.start(at: .now) }
      for await _ in closing {}
      // The protocol's way to end: its input first, then SIGTERM, then SIGKILL.
      drive { $0.end("has ended") }
      state.withLock { $0.writer.finish() }
      await Self.wait(for: output, atMost: limits.endPatience)
      await running.teardown(using: [
        TeardownStep.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: limits.endPatience)
      ])
      kill(-running.processIdentifier.value, SIGKILL)
      group.cancelAll()
    }
  }

  /// Waits for the end of the stream, for so long at most.
  static func wait(for end: AsyncStream<Void>, atMost limit: Duration) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in end {} }
      group.addTask { try? await Task.sleep(for: limit) }
      await group.next()
      group.cancelAll()
    }
  }

  private func read(_ output: SubprocessOutputSequence) async {
    var lines = MCPLines(limit: limits.lineBytes)
    do {
      for try await chunk in output {
        for line in try chunk.withUnsafeBytes({ bytes throws(MCPLines.TooLong) in try lines.take(bytes) }) {
          drive { $0.receive(line, at: .now) }
        }
        // One that is to end may print as much as it likes.
        guard state.withLock(\.reason) == nil else { return }
      }
    } catch is MCPLines.TooLong {
      stop("sent a line of more than \(limits.lineBytes) bytes")
    } catch {
      stop("cannot be read: \(error)")
    }
  }

  private func readErrors(_ output: SubprocessOutputSequence) async {
    var line: [UInt8] = []
    do {
      for try await chunk in output {
        chunk.withUnsafeBytes { bytes in
          var start = 0
          while start < bytes.count {
            let end = MCPLines.end(in: bytes, from: start)
            line.append(contentsOf: bytes[start..<(end ?? bytes.count)].prefix(limits.loggedBytes - line.count))
            if end != nil {
              log.printed(line)
              line.removeAll(keepingCapacity: true)
            }
            start = (end ?? bytes.count) + 1
          }
        }
      }
    } catch {
      log.note(.debug, "its standard error cannot be read: \(error)")
    }
    log.printed(line)
  }

  private func write(to writer: StandardInputWriter) async {
    do {
      for await bytes in outgoing {
        _ = try await writer.write(bytes)
        state.withLock { $0.outgoingBytes -= bytes.count }
      }
    } catch {
      // It has closed its input, or has ended; what it still prints counts.
      log.note(.debug, "its standard input is closed")
    }
    try? await writer.finish()
  }
}
