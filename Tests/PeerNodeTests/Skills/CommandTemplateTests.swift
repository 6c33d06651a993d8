import PeerModel
import Testing

@testable import PeerNode

@Suite struct CommandTemplateTests {
  /// `[-n, <number>]`, `{when: verbose, add: -v}`, `--title=<title>`, `[--tag, <tags>]`, `--`, `<word>`, `<files>`.
  static let template = CommandTemplate([
    .words([CommandWord(.literal("-n")), CommandWord(.value("number"))]),
    .when("verbose", is: true, [CommandWord(.literal("-v"))]),
    .words([CommandWord(.literal("--title="), .value("title"))]),
    .words([CommandWord(.literal("--tag")), CommandWord(.value("tags"))]),
    .words([CommandWord(.literal("--"))]), .words([CommandWord(.value("word"))]),
    .words([CommandWord(.file("files"))]),
  ])

  static let rendered: [([String: JSONValue], [String])] = [
    ([:], ["--", "in/files/1", "in/files/2"]),
    (
      ["number": 3, "verbose": true, "title": "T", "word": "w"],
      ["-n", "3", "-v", "--title=T", "--", "w", "in/files/1", "in/files/2"]
    ),
    (["verbose": false, "title": .null], ["--", "in/files/1", "in/files/2"]),
    (
      ["number": 2.5, "tags": ["a", "b"]], ["-n", "2.5", "--tag", "a", "--tag", "b", "--", "in/files/1", "in/files/2"]
    ),
    (["tags": []], ["--", "in/files/1", "in/files/2"]),
    // Hostile values stay one word, and never an option.
    (["title": "-rf"], ["--title=-rf", "--", "in/files/1", "in/files/2"]),
    (["word": "--help"], ["--", "--help", "in/files/1", "in/files/2"]),
    (
      ["word": "$(id); rm -rf / | `id` > x && y"],
      ["--", "$(id); rm -rf / | `id` > x && y", "in/files/1", "in/files/2"]
    ),
    (["word": "a b\nc\u{202E}"], ["--", "a b\nc\u{202E}", "in/files/1", "in/files/2"]),
    (["word": ""], ["--", "", "in/files/1", "in/files/2"]),
  ]

  @Test(arguments: rendered)
  func argumentsFillTheirPlaces(_ row: (values: [String: JSONValue], words: [String])) throws {
    let values = CommandValues(values: row.values, paths: ["files": ["in/files/1", "in/files/2"]])
    #expect(try Self.template.render(values) == row.words)
  }

  private static let operand = CommandTemplate([.words([CommandWord(.value("x"))])])
  private static let option = CommandTemplate([.words([CommandWord(.literal("-o")), CommandWord(.value("x"))])])
  private static let joined = CommandTemplate([.words([CommandWord(.literal("--o="), .value("x"))])])
  private static let ended = CommandTemplate([
    .words([CommandWord(.literal("--"))]), .words([CommandWord(.value("x"))]),
  ])
  private static let suffixed = CommandTemplate([.words([CommandWord(.value("x"), .literal("-f"))])])

  static let refused: [(CommandTemplate, JSONValue, String)] = [
    (operand, "-rf", "/x: must not begin with a hyphen"), (operand, "-", "/x: must not begin with a hyphen"),
    (operand, "@file", "/x: must not begin with an at sign"), (ended, "@file", "/x: must not begin with an at sign"),
    (option, "--output=/etc/passwd", "/x: must not begin with a hyphen"),
    (option, -1, "/x: must not begin with a hyphen"), (suffixed, "", "/x: must not begin with a hyphen"),
    (operand, ["a", "-b"], "/x: must not begin with a hyphen"),
    (joined, "a\u{0}b", "/x: must not contain a zero byte"), (ended, "\u{0}", "/x: must not contain a zero byte"),
    (joined, .string(String(repeating: "x", count: 65_537)), "/x: is longer than 65536 bytes"),
    (operand, [["a"]], "/x/0: a list or object cannot be given to a program"),
    (
      operand, .array(Array(repeating: .string(String(repeating: "x", count: 60_000)), count: 18)),
      "/: the arguments are longer than 1048576 bytes together"
    ),
  ]

  @Test(arguments: refused)
  func dangerousValuesAreRefused(_ row: (template: CommandTemplate, value: JSONValue, message: String)) {
    let error = #expect(throws: NodeError.self) { try row.template.render(CommandValues(values: ["x": row.value])) }
    #expect(error == NodeError(.invalidArguments, row.message))
  }

  @Test func noShellReadsTheWords() async throws {
    let hostile = "'; touch /tmp/rd-owned; echo $(id) `id` * ~ \\ \"\n"
    let template = CommandTemplate([.words([CommandWord(.literal("[%s]"))]), .words([CommandWord(.value("word"))])])
    let tool = CommandTool(
      ToolDescription(name: "run", summary: "Runs.", arguments: .object(["word": .string("A word.")])),
      steps: [CommandStep(Program(name: "printf", package: "coreutils"), template)], output: .text)
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
    #expect(CommandOutput.text.fileName(input: row.input, tool: "tool") == row.name)
  }
}
