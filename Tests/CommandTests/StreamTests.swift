import Foundation
import LocalAPI
import PeerModel
import Testing

/// Files in arguments and in results: bytes beside the JSON, whole or not at all.
struct StreamTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Runs `command` against a daemon that answers the first request as it is told.
  private func run(
    _ command: String, _ behavior: @escaping @Sendable (FakeConnection, JSONValue) throws -> Void
  ) throws -> Outcome {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      try behavior(connection, try connection.message())
      connection.drain()
    }
    defer { daemon.stop() }
    return try sandbox.run(command)
  }

  private static func result(_ value: JSONValue) -> JSONValue {
    SkillResult(result: value, executionMilliseconds: 1, success: true).json
  }

  private static func file(_ name: String, size: Int?, type: String = "application/pdf", stream: Int = 0) -> JSONValue {
    FileReference(name: name, content: .stream(stream), size: size, mediaType: type).json
  }

  @Test("Files under one name make a list")
  func lists() throws {
    for name in ["1", "2", "3"] { try sandbox.write(Data(name.utf8), to: name) }
    let outcome = try run("r call pdf.merge files=@1 files=@2 files=@3 other=@1") { connection, request in
      let files = request["params"]?["arguments"]?["files"]?.arrayValue
      #expect(files?.map { $0["name"] } == ["1", "2", "3"])
      #expect(try connection.streams(4) == [0: [0x31], 1: [0x32], 2: [0x33], 3: [0x31]])
      try connection.reply(to: request, Self.result("done"))
    }
    #expect(outcome.output == "done")
    for words in ["files=@1 files=x", "files=x files=@1", "files=@1 'files:=[]'"] {
      #expect(try sandbox.run("r call pdf.merge \(words)").errors == "r: files is given twice\n")
    }
  }

  @Test("A manifest is streamed to be checked")
  func manifests() throws {
    try sandbox.write(Data("name: x\n".utf8), to: "m.yaml")
    let outcome = try run("r skills check m.yaml") { connection, request in
      #expect(request["method"] == "skills.check")
      #expect(request["params"]?["file"] == ["$stream": 0, "name": "manifest.yaml", "size": 8])
      #expect(try connection.streams(1) == [0: Array("name: x\n".utf8)])
      let fault = CheckSkill.Fault(line: 1, message: "description: missing", hint: "add it")
      try connection.reply(to: request, CheckSkill.Result(skill: nil, faults: [fault]).json)
    }
    #expect(outcome.output == "m.yaml:1: description: missing (add it)\n")
    #expect(outcome.errors == "r: m.yaml has a mistake\n" && outcome.status == 1)
  }

  @Test("Files are sent in order, as references and frames, whatever their size")
  func uploads() throws {
    let big = Data((0..<700_001).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try sandbox.write(big, to: "big.bin")
    try sandbox.write(Data(), to: "empty")
    let outcome = try run("printf abc | r call text.join a=@big.bin b=@empty c=@- 'd=@with space'") {
      connection, request in
      let arguments = request["params"]?["arguments"]
      let streams = try connection.streams(4)
      #expect(arguments?["a"] == ["$stream": 0, "name": "big.bin", "size": 700_001])
      #expect(arguments?["b"] == ["$stream": 1, "name": "empty"])
      #expect(arguments?["c"] == ["$stream": 2, "name": "stdin"])
      #expect(arguments?["d"] == ["$stream": 3, "name": "with space", "size": 2])
      #expect(streams[0] == Array(big))
      #expect(streams[1] == [])
      #expect(streams[2] == Array("abc".utf8))
      try connection.reply(to: request, Self.result("done"))
    }
    #expect(outcome.errors == "r: cannot open with space: No such file or directory\n")
    try sandbox.write(Data("hi".utf8), to: "with space")
    let second = try run("printf abc | r call text.join a=@big.bin b=@empty c=@- 'd=@with space'") {
      connection, request in
      let streams = try connection.streams(4)
      #expect(streams == [0: Array(big), 1: [], 2: Array("abc".utf8), 3: Array("hi".utf8)])
      #expect(request["params"]?["arguments"]?["b"] == ["$stream": 1, "name": "empty"])
      try connection.reply(to: request, Self.result("done"))
    }
    #expect(second.output == "done")
    #expect(second.status == 0)
  }

  @Test("A refusal that comes before all is sent is reported, and sending stops")
  func earlyRefusal() throws {
    let outcome = try run("head -c 100000000 /dev/zero 2>/dev/null | r call text.join a=@-") { connection, request in
      try connection.refuse(request, NodeError(.tooLarge, "a file has at most 1 MB here"))
    }
    #expect(outcome.errors == "r: a file has at most 1 MB here\n")
    #expect(outcome.status == 1)
  }

  @Test("A daemon that stops reading and leaves may still have said why")
  func refusalAndClose() throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      try connection.refuse(try connection.message(), NodeError(.busy, "too many calls at once"))
    }
    defer { daemon.stop() }
    let outcome = try sandbox.run("head -c 100000000 /dev/zero 2>/dev/null | r call text.join a=@-")
    #expect(outcome.errors == "r: too many calls at once\n")
    #expect(outcome.status == 75)
  }

  @Test("A text file goes to standard output as it is")
  func textFile() throws {
    let outcome = try run("r call pdf.extract_text") { connection, request in
      try connection.reply(to: request, Self.result(Self.file("a.txt", size: 6, type: "text/plain")))
      try connection.frame(of: request, Array("ab\n".utf8), isLast: false)
      try connection.frame(of: request, Array("\u{1B}cd".utf8), isLast: true)
    }
    #expect(outcome.output == "ab\n\u{1B}cd")
    #expect(sandbox.files == [])
  }

  @Test(
    "Other files are written under their own names, never over others",
    arguments: [
      ("", "a.pdf"), ("--output out", "out/a.pdf"), ("--output b.pdf", "b.pdf"), ("--output ./out/c", "out/c"),
    ])
  func file(_ options: String, _ path: String) throws {
    let content = Array("some bytes".utf8)
    let send: @Sendable (FakeConnection, JSONValue) throws -> Void = { connection, request in
      try connection.reply(to: request, Self.result(Self.file("a.pdf", size: content.count)))
      try connection.frame(of: request, content, isLast: true)
    }
    let first = try run("mkdir out && r call pdf.make \(options)", send)
    #expect(first.errors == "r: wrote \(options.contains("./") ? "./" : "")\(path) (10 bytes)\n")
    #expect(sandbox.text(path) == "some bytes")
    let second = try run("echo mine > \(path); r call pdf.make \(options)", send)
    #expect(second.status == 1)
    #expect(second.errors.contains("exists already"))
    #expect(sandbox.text(path) == "mine\n")
    let third = try run("r call pdf.make \(options) --force --quiet", send)
    #expect(third.status == 0)
    #expect(sandbox.text(path) == "some bytes")
    #expect(try sandbox.run("ls -A out").output.contains("part") == false)
  }

  @Test("Standard output on request")
  func toOutput() throws {
    let outcome = try run("r call pdf.make -o -") { connection, request in
      try connection.reply(to: request, Self.result(Self.file("a.pdf", size: nil)))
      try connection.frame(of: request, [0, 255, 1], isLast: false)
      try connection.frame(of: request, [], isLast: true)
    }
    #expect(outcome.status == 0)
    #expect(try Data(contentsOf: sandbox.folder.appending(path: ".stdout")) == Data([0, 255, 1]))
  }

  @Test("Several files need a folder; equal names are told apart; the rest of the result is shown")
  func severalFiles() throws {
    let value: JSONValue = [
      "pages": [Self.file("p.png", size: 1, stream: 0), Self.file("p.png", size: 1, stream: 1)], "count": 2,
    ]
    let send: @Sendable (FakeConnection, JSONValue) throws -> Void = { connection, request in
      try connection.reply(to: request, Self.result(value))
      for stream in 0...1 { try connection.frame(of: request, stream: stream, [0x41 + UInt8(stream)], isLast: true) }
    }
    let outcome = try run("r call pdf.render", send)
    #expect(outcome.errors == "r: wrote p.png (1 bytes)\nr: wrote p-2.png (1 bytes)\n")
    #expect(sandbox.text("p.png") + sandbox.text("p-2.png") == "AB")
    #expect(outcome.output.contains(#""path": "p-2.png""#))
    let refused = try run("r call pdf.render --output one", send)
    #expect(refused.errors == "r: the result has 2 files: --output must be an existing folder\n")
  }

  @Test(
    "A name that leads elsewhere is refused, one that hides is changed",
    arguments: [
      ("../evil", nil), ("/etc/evil", nil), ("a/b", nil), ("..", nil), ("a\nb", nil), ("", nil), (".bashrc", "_bashrc"),
      ("-rf", "_rf"), ("a\u{202E}fdp.exe", "a_fdp.exe"),
    ])
  func names(_ name: String, _ written: String?) throws {
    let outcome = try run("mkdir d && cd d && r call pdf.make; ls -A; ls -A .. | wc -l") { connection, request in
      var reference = Self.file("x", size: 1).objectValue ?? [:]
      reference["name"] = .string(name)
      try connection.reply(to: request, Self.result(.object(reference)))
      try connection.frame(of: request, [0x41], isLast: true)
    }
    let names = outcome.output.split(separator: "\n").map(String.init)
    #expect(names.dropLast() == (written.map { [$0] } ?? []))
    #expect(names.last == "4", "only the streams, the socket and the folder: \(outcome.errors)")
  }

  @Test("A result that stops half-way leaves nothing behind", arguments: [true, false])
  func truncated(_ says: Bool) throws {
    let daemon = try FakeDaemon(at: sandbox.socket) { connection in
      let request = try connection.message()
      try connection.reply(to: request, Self.result(Self.file("a.pdf", size: 10)))
      try connection.frame(of: request, [1, 2, 3], isLast: says)
      if !says {
        try connection.send(#"{"jsonrpc":"2.0","method":"$/data","params":{"id":1,"stream":0,"size":9}}"# + "\nxx")
      }
      if says { connection.drain() }
    }
    defer { daemon.stop() }
    let outcome = try sandbox.run("r call pdf.make")
    #expect(outcome.status == (says ? 1 : 69))
    #expect(sandbox.files == [])
  }

  @Test("Many bytes in both directions take constant memory")
  func memory() throws {
    let size = 64 << 20
    let outcome = try run("head -c \(size) /dev/zero | (ulimit -v 600000; r call text.copy a=@- | wc -c)") {
      connection, request in
      _ = try connection.streams(1)
      try connection.reply(to: request, Self.result(Self.file("a", size: size, type: "text/plain")))
      let chunk = [UInt8](repeating: 0x61, count: 1 << 20)
      for index in 1...64 { try connection.frame(of: request, chunk, isLast: index == 64) }
    }
    #expect(outcome.output == "\(size)\n")
  }
}
