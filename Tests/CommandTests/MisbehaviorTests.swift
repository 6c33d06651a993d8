import Foundation
import PeerModel
import Testing

/// Daemons that answer badly, or not at all.
struct MisbehaviorTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  @Test(
    "A daemon that breaks the protocol is told apart from one that is away",
    arguments: [
      ("", 69, "rd closed the connection before it answered"),
      (#"{"jsonrpc":"2.0","id":1,"res"#, 69, "rd closed the connection before it answered"),
      ("HTTP/1.1 400 Bad Request\n", 1, "rd sent a line that is not JSON"),
      ("[]\n", 1, "not JSON-RPC 2.0"),
      ("{}\n", 1, "not JSON-RPC 2.0"),
      (#"{"jsonrpc":"2.0","id":1,"result":[]}"# + "\n", 1, "is not understood"),
      (#"{"jsonrpc":"2.0","id":1,"result":{"peers":[{"peer_id":"x"}]}}"# + "\n", 1, "is not understood"),
      (#"{"jsonrpc":"2.0","id":1,"error":7}"# + "\n", 1, "error without a message"),
      (#"{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"too long"}}"# + "\n", 1, "too long"),
      (#"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"a\u001b[31mb"}}"# + "\n", 1, #"a\u{1b}[31mb"#),
      (#"{"jsonrpc":"2.0","method":"$/data","params":{"id":1,"stream":0,"size":3}}"# + "\nabc", 1, "nobody asked for"),
      (#"{"jsonrpc":"2.0","method":"$/data","params":{"id":1,"stream":0,"size":-3}}"# + "\n", 1, "at most"),
      (#"{"jsonrpc":"2.0","method":"$/data","params":{"id":1,"stream":0,"size":2000000}}"# + "\n", 1, "at most"),
      (String(repeating: "[", count: 100) + "\n", 1, "nested deeper"),
    ])
  func nonsense(_ reply: String, _ status: Int32, _ message: String) throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      _ = try connection.message()
      try connection.send(reply)
    }
    defer { daemon.stop() }
    let outcome = try sandbox.run("r peers")
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("r: ") })
    #expect(outcome.output == "")
  }

  @Test("A line without an end is given up before it fills the memory")
  func endless() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      _ = try connection.message()
      while true { try connection.send([UInt8](repeating: 0x78, count: 1 << 20)) }
    }
    defer { daemon.stop() }
    let outcome = try sandbox.run("r peers")
    #expect(outcome.status == 1)
    #expect(outcome.errors == "r: a line is longer than 8388608 bytes\n")
  }

  @Test("Messages that are not for this request are passed over")
  func strangers() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      let request = try connection.message()
      try connection.send(#"{"jsonrpc":"2.0","id":99,"result":{"peers":[]}}"# + "\n")
      try connection.send(#"{"jsonrpc":"2.0","method":"$/news","params":{}}"# + "\n")
      try connection.send(#"{"jsonrpc":"2.0","method":"$/progress","params":{"id":7,"value":1}}"# + "\n")
      try connection.reply(to: request, ["peers": []])
      connection.drain()
    }
    defer { daemon.stop() }
    #expect(try sandbox.run("r peers --json").output == #"{"peers":[]}"# + "\n")
  }

  @Test("An answer may come in pieces")
  func pieces() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      _ = try connection.message()
      for byte in #"{"jsonrpc":"2.0","id":1,"result":{"peers":[]}}"#.utf8 { try connection.send([byte]) }
      try connection.send("\n")
      connection.drain()
    }
    defer { daemon.stop() }
    #expect(try sandbox.run("r peers --json").status == 0)
  }

  @Test("A silent daemon is given up after --timeout, and told so")
  func silence() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in while true { _ = try connection.message() } }
    defer { daemon.stop() }
    let start = Date()
    let outcome = try sandbox.run("r call text.word_count --timeout 0.2")
    #expect(outcome.status == 75)
    #expect(outcome.errors == "r: rd did not answer in time\n")
    #expect(Date().timeIntervalSince(start) < 3)
    #expect(daemon.messages.last?["method"] == "$/cancel")
    #expect(daemon.messages.last?["params"] == ["id": 1])
  }

  @Test("A socket that nobody listens on")
  func refused() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { _ in }
    let moved = sandbox.folder.appending(path: "moved").path
    try FileManager.default.linkItem(atPath: sandbox.socket, toPath: moved)
    daemon.stop()
    let outcome = try sandbox.run("r --socket \(moved) status")
    #expect(outcome.status == 69)
    #expect(outcome.errors.contains("nobody listens"))
    #expect(outcome.errors.contains("r: hint: r serve --socket \(moved)"))
  }

  @Test("A reader of the results that goes away ends r quietly", arguments: ["", "trap '' PIPE; "])
  func brokenPipe(_ trap: String) throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      let request = try connection.message()
      let id = request["id"] ?? .null
      while true {
        let event: JSONValue = ["type": .string(String(repeating: "x", count: 5000)), "time": 1]
        let note: JSONValue = ["jsonrpc": "2.0", "method": "$/progress", "params": ["id": id, "value": event]]
        try connection.send(note.text + "\n")
      }
    }
    defer { daemon.stop() }
    let outcome = try sandbox.run("\(trap)(r events --json; echo $? >status) | head -n 1 | wc -l")
    #expect(outcome.output == "1\n")
    #expect(outcome.errors == "")
    #expect(sandbox.text("status") == "141\n")
  }
}
