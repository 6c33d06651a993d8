import PeerModel
import Testing

@testable import PeerNode

/// One malformed file with the message that it has to lead to.
struct FaultyFile: Sendable, CustomTestStringConvertible {
  var text: String
  var message: String
  var hint: String?
  var testDescription: String { message }

  init(_ text: String, _ message: String, hint: String? = nil) {
    self.text = text
    self.message = message
    self.hint = hint
  }
}

@Suite struct ConfigurationFaultTests {
  private static let topKeys = "the keys here are: name, p2p, audit, local, skills, mcp_servers, sql, fs, llm"

  static let faults: [FaultyFile] = [
    // Unknown keys
    FaultyFile(
      "p2p:\n  enabled: true\n  listen_prot: 1\n", "c.yaml:3: p2p.listen_prot: unknown key, did you mean listen_port?"),
    FaultyFile("nam: x", "c.yaml:1: nam: unknown key, did you mean name?"),
    FaultyFile("p2q:\n  enabled: true\n", "c.yaml:1: p2q: unknown key, did you mean p2p?"),
    FaultyFile("listen_port: 1", "c.yaml:1: listen_port: unknown key, did you mean p2p.listen_port?"),
    FaultyFile("p2p:\n  name: x", "c.yaml:2: p2p.name: unknown key, did you mean name?"),
    FaultyFile("zzz: 1", "c.yaml:1: zzz: unknown key", hint: topKeys),
    FaultyFile("<<: {a: 1}", "c.yaml:1: <<: unknown key", hint: topKeys),
    FaultyFile("\"\": 1", "c.yaml:1: \"\": unknown key", hint: topKeys),
    // Wrong types
    FaultyFile(
      "p2p: {enabled: yes}", "c.yaml:1: p2p.enabled: expected true or false, got the text \"yes\"",
      hint: "write true or false"),
    FaultyFile(
      "p2p: {enabled: 1}", "c.yaml:1: p2p.enabled: expected true or false, got the number 1",
      hint: "write true or false"),
    FaultyFile(
      "p2p: {listen_port: \"8765\"}",
      "c.yaml:1: p2p.listen_port: expected a port from 0 to 65535, got the text \"8765\""),
    FaultyFile(
      "p2p: {listen_port: [1]}", "c.yaml:1: p2p.listen_port: expected a port from 0 to 65535, got a list"),
    FaultyFile(
      "p2p: {max_peers: 2.5}", "c.yaml:1: p2p.max_peers: expected a number of peers from 1 to 1000, got the number 2.5"),
    FaultyFile(
      "p2p: {max_peers: {a: 1}}", "c.yaml:1: p2p.max_peers: expected a number of peers from 1 to 1000, got a section"),
    FaultyFile("name: 42", "c.yaml:1: name: expected a name, got the number 42", hint: "put it in quotes: \"42\""),
    FaultyFile("name: true", "c.yaml:1: name: expected a name, got true", hint: "put it in quotes: \"true\""),
    FaultyFile(
      "p2p:\n  hide_skills: ssh", "c.yaml:2: p2p.hide_skills: expected a list, each a skill name, got the text \"ssh\"",
      hint: "write hide_skills: [ssh]"),
    FaultyFile(
      "p2p:\n  hide_skills:\n    - ssh\n    - 7", "c.yaml:4: p2p.hide_skills: expected a skill name, got the number 7",
      hint: "put it in quotes: \"7\""),
    FaultyFile(
      "p2p:\n  hide_skills:\n    -\n", "c.yaml:3: p2p.hide_skills: expected a skill name, got nothing"),
    FaultyFile("p2p: true", "c.yaml:1: p2p: expected keys with their values, got true"),
    FaultyFile("- a", "c.yaml:1: expected keys with their values, got a list"),
    FaultyFile("hello", "c.yaml:1: expected keys with their values, got the text \"hello\""),
    // Out of range
    FaultyFile(
      "p2p:\n  listen_port: 65536", "c.yaml:2: p2p.listen_port: expected a port from 0 to 65535, got the number 65536"),
    FaultyFile(
      "p2p: {max_peers: 0}", "c.yaml:1: p2p.max_peers: expected a number of peers from 1 to 1000, got the number 0"),
    FaultyFile(
      "p2p: {max_peers: 99999999999999999999}",
      "c.yaml:1: p2p.max_peers: expected a number of peers from 1 to 1000, got the number 1e+20"),
    FaultyFile(
      "p2p: {task_timeout: 0}", "c.yaml:1: p2p.task_timeout: expected a time from 1s to 1d, got the number 0",
      hint: "write seconds, or a number with s, m, h or d"),
    FaultyFile(
      "p2p: {token_lifetime: 15 min}",
      "c.yaml:1: p2p.token_lifetime: expected a time from 30s to 1d, got the text \"15 min\"",
      hint: "write seconds, or a number with s, m, h or d"),
    FaultyFile(
      "p2p: {token_lifetime: 9999999999999999d}",
      "c.yaml:1: p2p.token_lifetime: expected a time from 30s to 1d, got the text \"9999999999999999d\"",
      hint: "write seconds, or a number with s, m, h or d"),
    FaultyFile(
      "p2p: {tls: {mutual: always}}",
      "c.yaml:1: p2p.tls.mutual: expected optional or required, got the text \"always\""),
    FaultyFile(
      "p2p: {tls: {mutal: required}}", "c.yaml:1: p2p.tls.mutal: unknown key, did you mean mutual?"
    ),
    FaultyFile(
      "p2p: {default_trust: pending}",
      "c.yaml:1: p2p.default_trust: expected basic, trusted or full, or 50, 75 or 100, got the text \"pending\""
    ),
    FaultyFile(
      "p2p: {default_trust: 60}",
      "c.yaml:1: p2p.default_trust: expected basic, trusted or full, or 50, 75 or 100, got the number 60"),
    // Texts that do not fit
    FaultyFile(
      "name: \"\"", "c.yaml:1: name: the text is empty", hint: "a name is 1 to 63 bytes on one line, such as office-mac"
    ),
    FaultyFile(
      "name: \"a\\nb\"", "c.yaml:1: name: \"a\\nb\" has a control character",
      hint: "a name is 1 to 63 bytes on one line, such as office-mac"),
    FaultyFile(
      "p2p: {listen_host: example.org}", "c.yaml:1: p2p.listen_host: \"example.org\" is not an IP address",
      hint: "use an IP address of this machine, localhost, or \"\" for every address"),
    FaultyFile(
      "p2p: {interfaces: [a/b]}", "c.yaml:1: p2p.interfaces: \"a/b\" is no interface name", hint: "ip -brief link"),
    FaultyFile(
      "p2p: {hide_skills: [sql.query]}",
      "c.yaml:1: p2p.hide_skills: \"sql.query\" names a tool, but skills are exposed and hidden whole: write sql",
      hint: "r skills"),
    // Malformed YAML, and YAML that is not used
    FaultyFile("p2p:\n  enabled: true\n  enabled: false\n", "c.yaml:2: enabled: given twice", hint: "keep one of them"),
    FaultyFile(
      "p2p:\n  \"enabled\": true\n  enabled: false\n", "c.yaml:2: enabled: given twice", hint: "keep one of them"),
    FaultyFile(
      "p2p:\n\tenabled: true\n",
      "c.yaml:2: malformed YAML: found character that cannot start any token, "
        + "while scanning for the next token", hint: "indent with spaces, not tabs, and quote texts that begin so"),
    FaultyFile("p2p: {", "c.yaml:1: malformed YAML: did not find expected node content, while parsing a flow node"),
    FaultyFile(
      "name: a\n---\nname: b\n",
      "c.yaml:2: a second document begins here", hint: "keep one document in the file"),
    FaultyFile(
      "p2p:\n  enabled: [true\nname: a\n",
      "c.yaml:3: malformed YAML: "
        + "did not find expected ',' or ']', while parsing a flow sequence begun in line 2"),
    FaultyFile("name: &a x", "c.yaml:1: anchors (&name) are not used in this file", hint: "write the value out"),
    FaultyFile("name: *a", "c.yaml:1: malformed YAML: found undefined alias"),
    FaultyFile("name: !!str 5", "c.yaml:1: name: expected a name, got the number 5", hint: "put it in quotes: \"5\""),
    FaultyFile("name: !x 5", "c.yaml:1: tags (!name) are not used in this file", hint: "write the value out"),
    FaultyFile("p2p:\n  ? [a]\n  : 1", "c.yaml:2: a key has to be a single word"),
    FaultyFile("name: a\u{1}b", "c.yaml:1: control character 1", hint: "delete it"),
  ]

  @Test(arguments: faults)
  func messages(_ file: FaultyFile) {
    let error = #expect(throws: NodeError.self) { try Configuration.parse(text: file.text, file: "c.yaml") }
    #expect(error?.code == .configuration)
    #expect(error?.message == file.message)
    #expect(error?.hint == file.hint)
  }

  @Test func invalidUTF8NamesItsLine() {
    let bytes = Array("name: a\n# ".utf8) + [0xC3, 0x28]
    let error = #expect(throws: NodeError.self) { try Configuration.parse(bytes: bytes, file: "c.yaml") }
    #expect(error?.message == "c.yaml:2: not UTF-8 text")
  }

  @Test func severalFaultsAreReportedTogetherInTheOrderOfTheirLines() {
    let text = "nam: x\np2p:\n  enabled: 1\n  max_peers: 0\n"
    let error = #expect(throws: NodeError.self) { try Configuration.parse(text: text, file: "c.yaml") }
    #expect(
      error?.message == """
        c.yaml:1: nam: unknown key, did you mean name?
        c.yaml:3: p2p.enabled: expected true or false, got the number 1
        c.yaml:4: p2p.max_peers: expected a number of peers from 1 to 1000, got the number 0
        """)
    #expect(error?.hint == "write true or false")
  }

  @Test func atMostTenFaultsAreReported() {
    let text = (1...12).map { "key\($0)x: 1\n" }.joined()
    let error = #expect(throws: NodeError.self) { try Configuration.parse(text: text, file: "c.yaml") }
    let lines = error?.message.split(separator: "\n") ?? []
    #expect(lines.count == 11)
    #expect(lines.last == "c.yaml: and 2 more")
  }

  /// Each alias doubles the work of comparing keys, so a few hundred bytes would keep the parser busy for ever.
  @Test(arguments: ["\n", "\r", "\u{2028}", "\u{85}"])
  func anAliasBombIsRefusedBeforeItIsParsed(_ lineBreak: String) {
    var text = "# comment\(lineBreak)a0: &a0 [x, x]\(lineBreak)"
    for level in 1...40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\(lineBreak)" }
    text += "? *a40\(lineBreak): 1\(lineBreak)"
    let error = #expect(throws: NodeError.self) { try Configuration.parse(text: text, file: "c.yaml") }
    #expect(error?.message.hasSuffix("aliases (*name) are not used in this file") == true)
  }

  @Test func starsInCommentsAreNoAliases() throws {
    let text = String(repeating: "# *this* is *emphasis*\n", count: 20) + "name: a\n"
    #expect(try Configuration.parse(text: text, file: "c.yaml").name == "a")
  }

  @Test func deepNestingIsRefused() {
    for depth in [17, 900, 100_000] {
      let text = "name: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
      #expect(throws: NodeError.self) { try Configuration.parse(text: text, file: "c.yaml") }
    }
  }

  @Test func aHugeFileIsRefused() {
    let text = String(repeating: "# \n", count: 400_000)
    let error = #expect(throws: NodeError.self) { try Configuration.parse(text: text, file: "c.yaml") }
    #expect(error?.message == "c.yaml: larger than 1 MiB, which no configuration is")
  }
}
