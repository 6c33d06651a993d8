import PeerModel
import Testing

@testable import PeerNode

/// Tables, comma-separated values, and what psql prints, without any database.
@Suite struct SQLTextTests {
  private func result(_ names: [String], _ rows: [[JSONValue]], isCut: Bool = false) -> SQLResult {
    SQLResult(columns: names.map { .init(name: $0, type: "") }, rows: rows, isCut: isCut)
  }

  @Test func aTableIsAlignedAndCannotBeBroken() {
    let text = SQLTable(
      result(["n", "Käse|"], [["日本", "a|b\nc"], ["é\u{301}x", .null], [1, "\u{1B}[2J\u{202E}\\"]], isCut: true)
    ).text
    #expect(
      text == """
        | n    | Käse\\|              |
        |------|---------------------|
        | 日本 | a\\|b\\nc             |
        | é\u{301}x   | NULL                |
        | 1    | \\u{1b}[2J\\u{202e}\\\\ |
        (the first 3 rows; there are more)

        """)
    let long = SQLTable(result(["a"], [[.string(String(repeating: "x", count: 5000))]])).text
    #expect(long.contains(String(repeating: "x", count: 200) + "…") && long.count < 1000)
  }

  @Test func commaSeparatedValuesAreReadAsTheyAreWritten() {
    let texts = ["", "a", "a,b", "\"", "a\"\"b", "\n", "\r\n", ",", "ü", " a "]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let rows = (0..<3).map { _ in (0..<3).map { _ in texts.randomElement(using: &generator)! } }
      let written = CommaSeparated.text(of: result(["x", "y,\"z", "x"], rows.map { $0.map { .string($0) } }))
      // psql ends records with a line feed alone.
      var reader = CommaSeparated.Reader(Array(written.replacing("\r\n", with: "\n").utf8))
      let expected = [["x", "y,\"z", "x"]] + rows.map { $0.map { $0.replacing("\r\n", with: "\n") } }
      #expect((0..<4).map { _ in reader.next() } == expected)
      #expect(reader.next() == nil)
    }
  }

  @Test(arguments: [
    ("{}", "[]"), ("{1,2}", "[\"1\",\"2\"]"), ("{NULL,\"NULL\"}", "[null,\"NULL\"]"),
    ("{{a},{b}}", "[[\"a\"],[\"b\"]]"),
    ("[0:1]={a,b}", "[\"a\",\"b\"]"), ("{\"a\\\"b\\\\\"}", "[\"a\\\"b\\\\\"]"), ("{\"\"}", "[\"\"]"),
  ])
  func arraysAreRead(_ text: String, _ json: String) throws {
    let expected = try JSONParser.parse(json)
    #expect(PostgreSQLType("text[]").value(of: text) == expected)
  }

  @Test(arguments: ["", "{", "{a", "{\"", "{\"a", "{a}b", "{{{{{{{a}}}}}}}", "{{a}", "{\"\\", "a", "[0:1]", "{a,"])
  func whatIsNoArrayStaysText(_ text: String) {
    #expect(PostgreSQLType("text[]").value(of: text) == .string(text))
  }

  @Test func whatTheServerSaysIsUnderstood() {
    let said = """
      psql:<stdin>:14: ERROR:  42703: column "naem" does not exist
      LINE 2:   naem FROM x
                ^
      HINT:  Perhaps you meant to reference the column "x.name".
      QUERY:  SELECT
      """
    let error = PostgreSQLFailure(said)?.error(database: "sales", writes: false)
    #expect(error?.code == .skillFailed)
    #expect(
      error?.message
        == "column \"naem\" does not exist (line 2, column 3); Perhaps you meant to reference the column \"x.name\".")
    #expect(PostgreSQLFailure("psql: error: connection to server at \"10.0.0.1\" failed: FATAL:  no") == nil)
  }

  @Test func aScriptHasNothingOfTheCallersButDigits() {
    let attack = "'; \\! id\n$rd$ :x ü"
    let statement = SQLStatement(text: attack, parameters: [.string(attack), 1, .null], rows: 5, timeout: .seconds(1))
    let script = PostgreSQLScript(statement: statement, mark: "m").text
    #expect(script.utf8.allSatisfy { $0 < 0x80 })
    #expect(!script.contains("\\!") && !script.contains(":x") && script.contains("FETCH 6 FROM rd_rows;"))
    #expect(
      script.contains(attack.utf8.map { String($0 + 0, radix: 16) }.map { $0.count == 1 ? "0" + $0 : $0 }.joined()))
  }

  @Test func base64IsWhatItsReaderTakes() {
    for count in 0..<50 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255) }
      var decoder = Base64Decoder(Base64Encoder.text(of: bytes))
      #expect(decoder.next() == bytes)
    }
  }
}
