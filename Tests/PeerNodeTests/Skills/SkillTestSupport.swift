import Glibc
import PeerModel
import Synchronization
import Testing

@testable import PeerNode

/// A workspace in a temporary folder, and what tests of skills do with it.
struct SkillBench {
  let workspace: Workspace

  init() throws {
    let name = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    workspace = try Workspace(directory: "/tmp/rd-skill-tests-\(name)")
  }

  /// Runs `body` with a bench whose folder is gone afterwards.
  static func run(_ body: (SkillBench) async throws -> Void) async throws {
    let bench = try SkillBench()
    defer { rmdir(bench.workspace.directory) }
    try await body(bench)
    #expect(bench.entries == [], "the workspace is left empty")
  }

  /// Names in the workspace folder.
  var entries: [String] {
    var names: [String] = []
    FolderRemoval.forEachEntry(of: open(workspace.directory, O_RDONLY | O_DIRECTORY)) {
      names.append(String(cString: $1))
    }
    return names.sorted()
  }

  func file(_ bytes: some Sequence<UInt8>, name: String = "input") throws -> SpooledFile {
    let writer = try workspace.makeWriter(name: name, limit: .max)
    try writer.write(bytes)
    return try writer.finish()
  }

  func fixture(_ name: String) throws -> SpooledFile {
    try file(try readAll(fixturePath(name)), name: name)
  }

  func library(_ skills: any Skill..., limits: SkillLimits = SkillLimits()) -> SkillLibrary {
    SkillLibrary(skills: skills, workspace: workspace, limits: limits)
  }

  /// Calls a tool of one skill with lists of files and single ones; a name that ends with `[]` has a list.
  func call(
    _ skill: any Skill, _ tool: String, _ arguments: [String: JSONValue] = [:],
    files: [(argument: String, file: SpooledFile)], timeout: Duration = .seconds(120)
  ) async throws -> SkillOutput {
    var arguments = arguments
    var streams: [Int: SpooledFile] = [:]
    for (number, entry) in files.enumerated() {
      streams[number] = entry.file
      let reference = FileReference(name: entry.file.name, content: .stream(number)).json
      if entry.argument.hasSuffix("[]") {
        let name = String(entry.argument.dropLast(2))
        arguments[name] = .array((arguments[name]?.arrayValue ?? []) + [reference])
      } else {
        arguments[entry.argument] = reference
      }
    }
    return try await library(skill).call(
      skill: skill.name, tool: tool, arguments: .object(arguments), files: streams, timeout: timeout)
  }

  /// Calls a tool of one skill with a file as the argument `file`.
  func call(
    _ skill: any Skill, _ tool: String, _ arguments: [String: JSONValue] = [:], file: SpooledFile? = nil,
    timeout: Duration = .seconds(60), limits: SkillLimits = SkillLimits()
  ) async throws -> SkillOutput {
    var arguments = arguments
    if file != nil { arguments["file"] = ["$stream": 1] }
    return try await library(skill, limits: limits).call(
      skill: skill.name, tool: tool, arguments: .object(arguments), files: file.map { [1: $0] } ?? [:],
      timeout: timeout)
  }
}

/// Remembers values in the order in which they came, from any task.
final class Recorder<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])

  func add(_ value: Value) { values.withLock { $0.append(value) } }
  var all: [Value] { values.withLock { $0 } }
}

/// A skill with one tool `run` that runs `/bin/sh -c script`. The only shell here: production code has none.
func shellSkill(
  _ script: String..., output: CommandOutput = .text, limits: CommandLimits = CommandLimits()
) -> CommandSkill {
  let steps = script.map { CommandStep(shell, literals("-c", $0), input: "file") }
  let tool = CommandTool(
    ToolDescription(name: "run", summary: "Runs a script.", arguments: .object(["file": .file("Input.")])),
    steps: steps, output: output, limits: limits)
  return CommandSkill(name: "shell", summary: "Runs a script.", tools: [tool])
}

let shell = Program(name: "sh", package: "dash")

/// A template of fixed words.
func literals(_ words: String...) -> CommandTemplate {
  CommandTemplate(words.map { .words([CommandWord(.literal($0))]) })
}

/// A skill that comes with the program.
func shipped(_ name: String) throws -> CommandSkill {
  let path = projectPath("Sources/skills.d/\(name).yaml")
  return try SkillManifest.read(text: String(decoding: try readAll(path), as: UTF8.self), file: path)
}

func isInstalled(_ program: String) -> Bool { Program(name: program, package: "").locate() != nil }

/// The error that `body` throws as one of ours.
func nodeError(_ body: () async throws -> some Any) async -> NodeError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? NodeError
  }
}

func fixturePath(_ name: String, from file: String = #filePath) -> String {
  file.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/Fixtures/pdfs/"
    + name
}

func readAll(_ path: String) throws -> [UInt8] {
  let stream = try #require(fopen(path, "r"))
  defer { fclose(stream) }
  return drain(stream)
}

/// What a shell command prints: an independent way to get the right answer.
func printed(by command: String) throws -> [UInt8] {
  let stream = try #require(popen(command, "r"))
  defer { pclose(stream) }
  return drain(stream)
}

private func drain(_ stream: UnsafeMutablePointer<FILE>) -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&buffer, 1, buffer.count, stream)
    if count == 0 { return bytes }
    bytes.append(contentsOf: buffer[..<count])
  }
}

/// A number of seconds for `sleep` that no other process has on its command line, to look for survivors by.
func uniqueSeconds() -> String { "3\(UInt32.random(in: 100_000_000...999_999_999))" }

/// Waits a moment, because a killed process that nobody waits for is gone soon, but not at once.
func expectNoSurvivor(_ seconds: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
  for _ in 0..<300 {
    if !isSleeping(seconds) { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  Issue.record("a process survives", sourceLocation: sourceLocation)
}

/// Whether a process `sleep seconds` is there; a zombie has no command line any more.
func isSleeping(_ seconds: String) -> Bool {
  var found = false
  FolderRemoval.forEachEntry(of: open("/proc", O_RDONLY | O_DIRECTORY)) { _, name in
    guard Int(String(cString: name)) != nil, let stream = fopen("/proc/\(String(cString: name))/cmdline", "r") else {
      return
    }
    defer { fclose(stream) }
    let words = drain(stream).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    if words.first == "sleep", words.contains(seconds) { found = true }
  }
  return found
}
