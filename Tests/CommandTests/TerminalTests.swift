import Foundation
import Glibc
import PeerModel
import Testing

/// What changes when a person sits at a terminal.
struct TerminalTests {
  private static let peer: JSONValue = [
    "peer_id": "peer-abcdefghabcdefghabcdefghabcdefgh", "name": "office\u{1B}[31m", "host": "192.168.1.101",
    "port": 8765, "status": "pending", "trust": "pending", "verification_code": "1234 5678",
  ]
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Runs a command on a terminal of its own, and types `answer` once it asks.
  private func onTerminal(
    _ command: String, answer: String = "", environment: [String: String] = ["TERM": "xterm"]
  ) throws -> (screen: String, status: Int32) {
    let main = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    defer { close(main) }
    // TIOCSPTLCK and TIOCGPTN of asm-generic/ioctls.h, which Glibc's module leaves out.
    var isLocked: Int32 = 0
    var number: Int32 = 0
    guard main >= 0, ioctl(main, 0x4004_5431, &isLocked) == 0, ioctl(main, 0x8004_5430, &number) == 0 else {
      throw POSIXError(.ENXIO)
    }
    let side = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    let process = try sandbox.process(command, environment: environment)
    let terminal = FileHandle(fileDescriptor: side, closeOnDealloc: true)
    (process.standardInput, process.standardOutput, process.standardError) = (terminal, terminal, terminal)
    try process.run()
    try terminal.close()
    var screen: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    var hasAnswered = answer.isEmpty
    while case let count = read(main, &chunk, chunk.count), count > 0 {
      screen += chunk[..<count]
      if !hasAnswered, String(decoding: screen, as: UTF8.self).hasSuffix("[y/N] ") {
        hasAnswered = true
        _ = answer.withCString { write(main, $0, strlen($0)) }
      }
    }
    process.waitUntilExit()
    return (String(decoding: screen, as: UTF8.self).replacing("\r\n", with: "\n"), process.terminationStatus)
  }

  private func daemon() throws -> FakeDaemon {
    try FakeDaemon(at: sandbox.socket) { connection in
      while true {
        let request = try connection.message()
        try connection.reply(to: request, request["method"] == "p2p.list_peers" ? ["peers": [Self.peer]] : Self.peer)
      }
    }
  }

  @Test("approve shows the code and asks; the answer goes to exactly the peer that was shown")
  func approves() throws {
    let daemon = try daemon()
    defer { daemon.stop() }
    let (screen, status) = try onTerminal("r approve office --trust trusted", answer: "y\n")
    #expect(status == 0)
    #expect(screen.contains("1234 5678"))
    #expect(screen.contains("approve it at trust level trusted? [y/N] "))
    #expect(!screen.contains("\u{1B}[31m"), "the name's own colour")
    #expect(
      daemon.requests == [
        #"p2p.peer_status {"peer_id":"office"}"#,
        #"p2p.approve_peer {"peer_id":"peer-abcdefghabcdefghabcdefghabcdefgh","trust":"trusted"}"#,
      ])
  }

  @Test("approve takes everything but yes for no", arguments: ["n\n", "\n", "\u{4}", "yesno\n"])
  func declines(_ answer: String) throws {
    let daemon = try daemon()
    defer { daemon.stop() }
    let (screen, status) = try onTerminal("r approve office", answer: answer)
    #expect(status == 1)
    #expect(screen.contains("r: not approved"))
    #expect(daemon.requests.count == 1)
  }

  @Test("approve --yes does not ask")
  func doesNotAsk() throws {
    let daemon = try daemon()
    defer { daemon.stop() }
    #expect(try onTerminal("r approve office --yes").status == 0)
    #expect(daemon.requests.count == 1)
  }

  @Test(
    "Colour on a terminal, unless it is not wanted",
    arguments: [
      (["TERM": "xterm"], true), (["TERM": "dumb"], false), (["TERM": "xterm", "NO_COLOR": "1"], false),
      (["TERM": "xterm", "NO_COLOR": ""], true),
    ])
  func color(_ environment: [String: String], _ isColored: Bool) throws {
    let daemon = try daemon()
    defer { daemon.stop() }
    let (screen, _) = try onTerminal("r peers", environment: environment)
    #expect(screen.contains("\u{1B}[") == isColored)
    #expect(!screen.contains("\u{1B}[31m"))
  }

  @Test("A result cannot control the terminal, and leaves the cursor at a new line")
  func results() throws {
    let text = "a\tb\u{1B}]0;x\u{7}\u{9B}2Jé\nend"
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      let request = try connection.message()
      try connection.reply(to: request, ["result": .string(text), "execution_time_ms": 1, "success": true])
      connection.drain()
    }
    defer { daemon.stop() }
    let (screen, _) = try onTerminal("r call text.echo; echo next")
    #expect(screen == "a\tb\\u{1b}]0;x\\u{7}\\u{9b}2Jé\nend\nnext\n")
  }
}
