import PeerModel
import Testing

@testable import PeerNode

@Suite struct CommandTemplateTests {
  static let template: CommandTemplate = [
    .option("-n", from: "number"), .flag("-v", when: "verbose"), .joined("--title=", from: "title"),
    .literal("--"), .operand(from: "word"), .standardInput,
  ]

  static let rendered: [([String: JSONValue], [String])] = [
    ([:], ["--", "/dev/stdin"]),
    (
      ["number": 3, "verbose": true, "title": "T", "word": "w"],
      ["-n", "3", "-v", "--title=T", "--", "w", "/dev/stdin"]
    ),
    (["verbose": false, "title": .null], ["--", "/dev/stdin"]),
    (["number": 2.5], ["-n", "2.5", "--", "/dev/stdin"]),
    // Hostile values stay one word, and never an option.
    (["title": "-rf"], ["--title=-rf", "--", "/dev/stdin"]),
    (["word": "--help"], ["--", "--help", "/dev/stdin"]),
    (["word": "$(id); rm -rf / | `id` > x && y"], ["--", "$(id); rm -rf / | `id` > x && y", "/dev/stdin"]),
    (["word": "a b\nc\u{202E}"], ["--", "a b\nc\u{202E}", "/dev/stdin"]),
    (["word": ""], ["--", "", "/dev/stdin"]),
  ]

  @Test(arguments: rendered)
  func argumentsFillTheirPlaces(_ row: (values: [String: JSONValue], words: [String])) throws {
    #expect(try Self.template.render(row.values) == row.words)
  }

  static let refused: [(CommandTemplate, JSONValue, String)] = [
    ([.operand(from: "x")], "-rf", "/x: must not begin with a hyphen"),
    ([.operand(from: "x")], "-", "/x: must not begin with a hyphen"),
    ([.option("-o", from: "x")], "--output=/etc/passwd", "/x: must not begin with a hyphen"),
    ([.option("-o", from: "x")], -1, "/x: must not begin with a hyphen"),
    ([.joined("--o=", from: "x")], "a\u{0}b", "/x: must not contain a zero byte"),
    ([.literal("--"), .operand(from: "x")], "\u{0}", "/x: must not contain a zero byte"),
    ([.joined("--o=", from: "x")], .string(String(repeating: "x", count: 65_537)), "/x: is longer than 65536 bytes"),
    ([.operand(from: "x")], ["a"], "/x: a list or object cannot be given to a program"),
  ]

  @Test(arguments: refused)
  func dangerousValuesAreRefused(_ row: (template: CommandTemplate, value: JSONValue, message: String)) {
    let error = #expect(throws: NodeError.self) { try row.template.render(["x": row.value]) }
    #expect(error == NodeError(.invalidArguments, row.message))
  }

  @Test func noShellReadsTheWords() async throws {
    let hostile = "'; touch /tmp/rd-owned; echo $(id) `id` * ~ \\ \"\n"
    let tool = CommandTool(
      ToolDescription(name: "run", summary: "Runs.", arguments: .object(["word": .string("A word.")])),
      program: Program(name: "printf", package: "coreutils"), arguments: [.literal("[%s]"), .operand(from: "word")],
      output: .text(fileExtension: "txt"))
    try await SkillBench.run { bench in
      let skill = CommandSkill(name: "print", summary: "Prints.", tools: [tool])
      let output = try await bench.call(skill, "run", ["word": .string(hostile)])
      #expect(output.value == .string("[\(hostile)]"))
    }
  }

  static let diagnostics: [(String, String?)] = [
    ("", nil), ("\n \n", nil), ("Syntax Error: bad\nmore\n", "Syntax Error: bad"),
    ("Syntax Warning: odd\nSyntax Error: bad.\n", "Syntax Error: bad"), ("Warning only", "Warning only"),
    (
      "I/O Error: Couldn't open file '/dev/stdin': No such file.",
      "I/O Error: Couldn't open file 'the input': No such file"
    ),
    ("cannot read /var/lib/rd/x, sorry", "cannot read (path), sorry"), ("and/or", "and/or"),
    ("a\u{1B}[31mred\u{7}\u{202E}b", "a [31mred b"), ("/etc/passwd: denied", "(path): denied"),
    (String(repeating: "x", count: 1000), String(repeating: "x", count: 300)),
  ]

  @Test(arguments: diagnostics)
  func diagnosticsBecomeOneCleanSentence(_ row: (printed: String, sentence: String?)) {
    #expect(Diagnostics.sentence(from: Array(row.printed.utf8)) == row.sentence)
  }

  static let names: [(String?, String)] = [
    ("a.pdf", "a.txt"), ("a", "a.txt"), (".pdf", ".pdf.txt"), ("a.b.pdf", "a.b.txt"), (nil, "tool.txt"),
    (String(repeating: "é", count: 127) + ".pdf", String(repeating: "é", count: 125) + ".txt"),
  ]

  @Test(arguments: names)
  func outputIsNamedAfterTheInput(_ row: (input: String?, name: String)) {
    #expect(CommandOutput.text(fileExtension: "txt").fileName(input: row.input, tool: "tool") == row.name)
  }
}
