import Foundation
import PeerModel
import Testing

/// The built program against a scripted daemon: what people and scripts see, word for word.
///
/// `R_UPDATE_TRANSCRIPTS=1` writes what was seen into the files, for review in the diff.
struct TranscriptTests {
  @Test("Transcript", arguments: Transcript.names)
  func transcript(_ name: String) throws {
    var transcript = try Transcript(name: name)
    let sandbox = try Sandbox()
    let script = Script()
    var daemon: FakeDaemon? = try FakeDaemon(at: sandbox.socket) { try script.serve($0) }
    defer { daemon?.stop() }
    for index in transcript.steps.indices {
      let step = transcript.steps[index]
      for line in step.setting.map({ Self.filled($0, sandbox) }) {
        if line == "daemon off" {
          daemon?.stop()
          daemon = nil
        } else if line.hasPrefix("daemon ") {
          try script.add(String(line.dropFirst(7)))
        } else if line.hasPrefix("file ") {
          let words = line.split(separator: " ", maxSplits: 2).map(String.init)
          try sandbox.write(Data((words.count > 2 ? words[2] : "").utf8), to: words[1])
        }
      }
      let before = daemon?.requests.count ?? 0
      let outcome = try sandbox.run(Self.filled(step.command, sandbox))
      let requests = (daemon?.requests ?? []).dropFirst(before)
      let actual = Self.lines(outcome, requests: step.expected.contains { $0.hasPrefix("> ") } ? Array(requests) : [])
        .map { $0.replacing(sandbox.socket, with: "@SOCKET@") }
      transcript.steps[index].expected = actual
      if ProcessInfo.processInfo.environment["R_UPDATE_TRANSCRIPTS"] == nil {
        #expect(actual == step.expected, "\(name): $ \(step.command)")
      }
    }
    if ProcessInfo.processInfo.environment["R_UPDATE_TRANSCRIPTS"] != nil { try transcript.write(name: name) }
  }

  private static func lines(_ outcome: Outcome, requests: [String]) -> [String] {
    var output = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if output.last == "" { output.removeLast() } else { output[output.count - 1] += "\\" }
    // Empty lines would end the step.
    output = output.map { $0.isEmpty ? "|" : $0 }
    return output + outcome.errors.split(separator: "\n").map { "2> \($0)" } + requests.map { "> \($0)" }
      + (outcome.status == 0 ? [] : ["= \(outcome.status)"])
  }

  /// The line with its placeholders filled in.
  private static func filled(_ line: String, _ sandbox: Sandbox) -> String {
    let now = Int(Date().timeIntervalSince1970)
    return line.replacing("@SOCKET@", with: sandbox.socket)
      .replacing(#/@NOW([+-]\d+)@/#) { "\(now + (Int($0.output.1) ?? 0))" }
  }
}
