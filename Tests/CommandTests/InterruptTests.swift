import Foundation
import LocalAPI
import PeerModel
import Testing

/// The signals that ask a program to stop.
struct InterruptTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Starts `exec r …`, waits until the daemon has its request, sends the signal.
  private func interrupt(
    _ command: String, _ daemon: FakeDaemon, signal: Int32 = SIGINT, until ready: () -> Bool = { true }
  ) throws -> (outcome: Outcome, seconds: Double) {
    let process = try sandbox.process("exec env --default-signal=INT,TERM " + command)
    try process.run()
    while daemon.requests.isEmpty || !ready() { usleep(1000) }
    let start = Date()
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return (sandbox.outcome(of: process), Date().timeIntervalSince(start))
  }

  @Test("The request is cancelled, and the daemon's word awaited", arguments: [SIGINT, SIGTERM])
  func cancels(_ signal: Int32) throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      let request = try connection.message()
      _ = try connection.message()
      try connection.refuse(request, NodeError(.cancelled, "cancelled"))
      connection.drain()
    }
    defer { daemon.stop() }
    let (outcome, seconds) = try interrupt("r call office-mac sql.query", daemon, signal: signal)
    #expect(outcome.status == 128 + signal)
    #expect(outcome.errors == "r: interrupted\n")
    #expect(daemon.messages.last?["method"] == "$/cancel")
    #expect(seconds < 0.45)
  }

  @Test("A daemon that does not react is left after half a second")
  func leaves() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in while true { _ = try connection.message() } }
    defer { daemon.stop() }
    let (outcome, seconds) = try interrupt("r events", daemon)
    #expect(outcome.status == 130)
    #expect(seconds > 0.4 && seconds < 3)
  }

  @Test("A file that is half received disappears")
  func removesPartial() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      let request = try connection.message()
      let file = FileReference(name: "a.pdf", content: .stream(0))
      try connection.reply(to: request, SkillResult(result: file.json, executionMilliseconds: 1, success: true).json)
      try connection.frame(of: request, [1, 2, 3], isLast: false)
      connection.drain()
    }
    defer { daemon.stop() }
    let (outcome, _) = try interrupt("r call pdf.make", daemon) { !sandbox.files.isEmpty }
    #expect(outcome.status == 130)
    #expect(sandbox.files == [])
  }

  @Test("A signal that is ignored stays ignored, as nohup wants it")
  func ignored() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      let request = try connection.message()
      usleep(300_000)
      try connection.reply(to: request, ["peers": []])
      connection.drain()
    }
    defer { daemon.stop() }
    let process = try sandbox.process("trap '' HUP; exec r peers -q")
    try process.run()
    while daemon.requests.isEmpty { usleep(1000) }
    kill(process.processIdentifier, SIGHUP)
    process.waitUntilExit()
    #expect(sandbox.outcome(of: process).status == 0)
  }

  @Test("Watching shows each request once, also those that came before")
  func watch() throws {
    let row: @Sendable (Character, Int) -> JSONValue = { letter, time in
      let id = "peer-" + String(repeating: letter, count: 32)
      return [
        "peer_id": .string(id), "name": "n", "host": "::1", "port": 1, "status": "pending", "trust": "pending",
        "requested_at": time.json, "expires_at": time.json,
      ]
    }
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      let subscription = try connection.message()
      let notice: JSONValue = [
        "jsonrpc": "2.0", "method": "$/progress",
        "params": [
          "id": subscription["id"] ?? .null, "value": ["type": "peer.pending", "peer": ["status": "pending"]],
        ],
      ]
      let first = try connection.message()
      try connection.send(notice.text + "\n")
      try connection.reply(to: first, ["pending": [row("a", 1)]])
      try connection.reply(to: try connection.message(), ["pending": [row("a", 1), row("b", 2)]])
      try connection.send(notice.text + "\n")
      try connection.reply(to: try connection.message(), ["pending": [row("b", 2), row("c", 3)]])
      try connection.reply(to: subscription, [:])
      connection.drain()
    }
    defer { daemon.stop() }
    let outcome = try sandbox.run("r pending --watch -q")
    #expect(outcome.output.split(separator: "\n").map { $0.suffix(1) } == ["a", "b", "c"])
    #expect(daemon.requests.first == "events.subscribe {}")
  }
}
