internal import Glibc
internal import PeerModel
internal import Subprocess
internal import SystemPackage

/// One run of a program: no shell, a clean environment, limits, and a session of its own of which nothing is left when
/// the run is over.
struct ChildProcess {
  /// Absolute path.
  var program: String
  var arguments: [String]
  /// Standard input; empty when nil.
  var input: SpooledFile?
  /// The working directory and the place for the program's own temporary files.
  var folder: String
  /// Variables beside those that every program gets; they win.
  var environment: [String: String] = [:]
  var limits: CommandLimits
  /// When the caller stops waiting.
  var deadline: ContinuousClock.Instant

  /// How a run ended.
  struct Ending {
    var status: TerminationStatus
    /// The beginning of what the program printed on its standard error.
    var diagnostics: [UInt8]
  }

  private typealias Running = Execution<FileDescriptorInput, SequenceOutput, SequenceOutput>

  /// How long a program may take to end after it was asked to (SIGTERM), before it is killed.
  private static let grace = Duration.milliseconds(500)
  private static let teardown = [TeardownStep.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: grace)]

  /// Runs the program and copies what it prints to `output`. A program that prints faster than that waits.
  /// - Throws: what `output` throws when it is full, `SubprocessError` when the program cannot be started, and
  ///   `CancellationError` when the task is cancelled; the program and its children have been killed by then.
  func run(output: SpoolWriter) async throws -> Ending {
    try Task.checkCancellation()
    let standardInput = try openInput()
    // Subprocess gets the bare number, so the descriptor has to outlive the start.
    defer { withExtendedLifetime(standardInput) {} }
    let result = try await Subprocess.run(
      configuration,
      input: .fileDescriptor(FileDescriptor(rawValue: standardInput.rawValue), closeAfterSpawningProcess: false),
      output: .sequence, error: .sequence
    ) { running in
      await Self.attend(running, output: output)
    }
    try Task.checkCancellation()
    return Ending(status: result.terminationStatus, diagnostics: try result.closureResult.get())
  }

  private func openInput() throws(NodeError) -> OwnedDescriptor {
    if let input { return try input.openForReading() }
    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Workspace.failure(errno) }
    return OwnedDescriptor(owning: descriptor)
  }

  private var configuration: Subprocess.Configuration {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = Self.teardown
    let remaining = deadline - .now
    return Subprocess.Configuration(
      executable: .path(FilePath(CommandLimits.wrapper)),
      arguments: Arguments(limits.wrapperArguments(remaining: remaining) + [program] + arguments),
      environment: .custom(Self.environment(folder: folder, and: environment)),
      workingDirectory: FilePath(folder), platformOptions: options)
  }

  /// The variables that a program gets, none of them from the daemon's own environment.
  private static func environment(
    folder: String, and own: [String: String]
  ) -> [Subprocess.Environment.Key: String] {
    var variables: [Subprocess.Environment.Key: String] = [
      "PATH": Program.searchPath, "LANG": "C.UTF-8", "HOME": "/nonexistent", "TMPDIR": folder,
    ]
    for (name, value) in own { variables[Subprocess.Environment.Key(stringLiteral: name)] = value }
    return variables
  }

  /// Takes what the program prints until it ends, and sees to it that nothing of its group survives. Never throws:
  /// Subprocess must not reap the program, and so free its number, before the group is gone.
  private static func attend(_ running: Running, output: SpoolWriter) async -> Result<[UInt8], any Error> {
    let outcome: Result<[UInt8], any Error>
    do {
      async let diagnostics = beginning(of: running.standardError)
      for try await chunk in running.standardOutput {
        try Task.checkCancellation()
        try chunk.withUnsafeBytes { bytes throws(NodeError) in try output.write(bytes) }
      }
      outcome = .success(try await diagnostics)
    } catch {
      outcome = .failure(error)
    }
    let process = running.processIdentifier.value
    let hasEnded = if case .success = outcome { await end(of: process) } else { false }
    if !hasEnded { await running.teardown(using: teardown) }
    kill(-process, SIGKILL)
    return outcome
  }

  private static func beginning(of output: SubprocessOutputSequence) async throws -> [UInt8] {
    var kept: [UInt8] = []
    for try await chunk in output {
      try Task.checkCancellation()
      let room = Diagnostics.keptBytes - kept.count
      chunk.withUnsafeBytes { kept.append(contentsOf: $0.prefix(room)) }
    }
    return kept
  }

  /// Waits until the process has ended, without reaping it. A program that closed its output is about to end, so the
  /// first looks come fast.
  /// - Returns: false when the task was cancelled first.
  private static func end(of process: pid_t) async -> Bool {
    var pause = Duration.microseconds(200)
    while true {
      var information = siginfo_t()
      let found = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
      if found != 0 || information.si_signo != 0 { return true }
      do { try await Task.sleep(for: pause) } catch { return false }
      pause = min(pause * 2, .milliseconds(50))
    }
  }
}
