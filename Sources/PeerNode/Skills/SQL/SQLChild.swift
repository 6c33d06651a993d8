internal import Glibc
internal import PeerModel
internal import Subprocess

/// A run of the program that asks a database.
struct SQLChild: Sendable {
  /// Absolute path.
  var program: String
  var arguments: [String]
  /// What it reads from its standard input.
  var input: [UInt8]
  var environment: [String: String] = [:]
  /// The folder of the run.
  var folder: String
  /// How long the statement may take. The program has a little longer, to say so itself.
  var timeout: Duration

  /// What it printed, and how it ended.
  struct Ending {
    var status: TerminationStatus
    var output: [UInt8]
    var diagnostics: [UInt8]
  }

  private static let grace = Duration.seconds(5)
  /// Bytes that it may print.
  private static let outputBytes = 2 * SQLStatement.resultBytes
  /// A database that is written to may have any size.
  private static let fileBytes = 1 << 50

  /// - Throws: ``NodeError`` `timed_out`, `too_large`, `storage_full`; `CancellationError`.
  func run(_ call: SkillArguments, what: String) async throws -> Ending {
    let allowed = timeout + Self.grace
    let deadline = min(call.deadline, .now + allowed)
    let request = try call.workspace.makeWriter(name: "request", limit: .max)
    try request.write(input)
    let child = ChildProcess(
      program: program, arguments: arguments, input: try request.finish(), folder: folder, environment: environment,
      limits: CommandLimits(seconds: Int(allowed.components.seconds), diskBytes: Self.fileBytes), deadline: deadline)
    let printed = try call.workspace.makeWriter(name: "result", limit: Self.outputBytes)
    let ending = try await Deadline.run(until: deadline, what: what, after: timeout) {
      do {
        return try await child.run(output: printed)
      } catch let error as NodeError where error.code == .tooLarge {
        throw Self.tooLarge
      }
    }
    let output = try printed.finish().contents(limit: Self.outputBytes)
    return Ending(status: ending.status, output: output, diagnostics: ending.diagnostics)
  }

  static let tooLarge = NodeError(
    .tooLarge, "the result is larger than \(SQLStatement.resultBytes) bytes", hint: "ask for fewer rows or columns")
}
