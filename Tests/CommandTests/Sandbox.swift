import Foundation

/// What a run of a program left behind.
struct Outcome {
  var output: String
  var errors: String
  var status: Int32
}

/// A folder of its own with the built `r` in PATH and no daemon but the test's.
final class Sandbox: Sendable {
  let folder: URL
  var socket: String { folder.appending(path: "s").path }

  /// The folder of the built programs: the one that holds this very test program.
  static let programs = URL(
    filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  )
  .deletingLastPathComponent()
  /// The top of the checkout.
  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  init() throws {
    folder = URL(filePath: "/tmp/r-test-\(UUID().uuidString.prefix(13))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// A process that is set up and not started; its streams go to files in the folder.
  func process(_ command: String, environment: [String: String] = [:]) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = folder
    process.environment = [
      "PATH": Self.programs.path + ":/usr/bin:/bin", "HOME": folder.path, "RD_SOCKET": socket, "TZ": "UTC",
    ].merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try stream("stdout")
    process.standardError = try stream("stderr")
    return process
  }

  /// Runs a shell command to its end.
  func run(_ command: String, environment: [String: String] = [:]) throws -> Outcome {
    let process = try process(command, environment: environment)
    try process.run()
    process.waitUntilExit()
    return outcome(of: process)
  }

  func outcome(of process: Process) -> Outcome {
    let status = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    return Outcome(output: text(".stdout"), errors: text(".stderr"), status: status)
  }

  func text(_ name: String) -> String {
    (try? Data(contentsOf: folder.appending(path: name))).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  func write(_ data: Data, to name: String) throws { try data.write(to: folder.appending(path: name)) }

  /// Names in the folder that a command made: the streams and the daemon's files left out.
  var files: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return all.filter { ![".stdout", ".stderr", "s", "s.lock"].contains($0) }.sorted()
  }

  private func stream(_ name: String) throws -> FileHandle {
    let url = folder.appending(path: "." + name)
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }
}
