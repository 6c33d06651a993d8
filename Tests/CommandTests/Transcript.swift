import Foundation
import PeerModel

/// A file of commands with what they must print.
///
///     # A remark.
///     daemon METHOD JSON          how the fake daemon answers METHOD from here on
///     daemon METHOD error JSON    … with this error object
///     daemon METHOD progress JSON … after this $/progress; may be repeated
///     daemon off                  nobody listens
///     file NAME TEXT              a file in the folder of the commands
///     $ r peers                   a shell command, followed by its standard output,
///     2> r: no peers              its standard error,
///     > p2p.list_peers {}         the requests that the daemon got,
///     = 1                         and its exit status unless it is 0
///
/// `@NOW-70@` stands for that moment in seconds since 1970, `@SOCKET@` for the socket's path.
struct Transcript {
  struct Step {
    /// The lines that only set the scene, then the command's own.
    var setting: [String] = []
    var command = ""
    var expected: [String] = []
  }

  var steps: [Step] = []
  /// Whatever follows the last command.
  var rest: [String] = []

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Transcripts")
  static var names: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".txt") }.sorted()
  }

  init(name: String) throws {
    let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
    var step = Step()
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      let isSetting = line.isEmpty || line.hasPrefix("#") || line.hasPrefix("daemon ") || line.hasPrefix("file ")
      if line.hasPrefix("$ ") || (isSetting && !step.command.isEmpty) {
        if !step.command.isEmpty { steps.append(step) }
        if !step.command.isEmpty { step = Step() }
      }
      if line.hasPrefix("$ ") {
        step.command = String(line.dropFirst(2))
      } else if step.command.isEmpty {
        step.setting.append(line)
      } else {
        step.expected.append(line)
      }
    }
    if step.command.isEmpty { rest = step.setting } else { steps.append(step) }
  }

  func write(name: String) throws {
    let lines = steps.flatMap { $0.setting + ["$ " + $0.command] + $0.expected } + rest
    try Data(lines.joined(separator: "\n").utf8).write(to: Self.folder.appending(path: name))
  }
}

/// The answers of the fake daemon of a transcript.
final class Script: @unchecked Sendable {
  private struct Answer {
    var progress: [JSONValue] = []
    var message: (key: String, value: JSONValue)?
  }
  private let lock = NSLock()
  private var answers: [String: Answer] = [:]

  /// Takes the words after `daemon`.
  func add(_ line: String) throws {
    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
    let kinds = ["error ", "progress "]
    let kind = kinds.first { words[1].hasPrefix($0) }
    let json = try JSONParser.parse(String(words[1].dropFirst(kind?.count ?? 0)))
    lock.withLock {
      var answer = answers[words[0]] ?? Answer()
      if answer.message != nil { answer = Answer() }
      if kind == "progress " {
        answer.progress.append(json)
      } else {
        answer.message = (kind == "error " ? "error" : "result", json)
      }
      answers[words[0]] = answer
    }
  }

  func serve(_ connection: FakeConnection) throws {
    while true {
      let request = try connection.message()
      guard let id = request["id"] else { continue }
      // The files come behind it.
      _ = try connection.streams((request["params"]?.text ?? "").split(separator: #""$stream":"#).count - 1)
      let answer = lock.withLock { answers[request["method"]?.stringValue ?? ""] }
      for value in answer?.progress ?? [] {
        let note: JSONValue = ["jsonrpc": "2.0", "method": "$/progress", "params": ["id": id, "value": value]]
        try connection.send(note.text + "\n")
      }
      let message = answer?.message ?? ("error", ["code": -32601, "message": "unknown method"])
      let reply: JSONValue = ["jsonrpc": "2.0", "id": id, .init(message.key): message.value]
      try connection.send(reply.text + "\n")
    }
  }
}
