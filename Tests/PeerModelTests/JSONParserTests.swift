import PeerModel
import Testing

@Suite struct JSONParserTests {
  @Test(
    arguments: [
      ("null", JSONValue.null), ("true", true), ("false", false), ("0", 0), ("-0", 0), ("7", 7), ("-12", -12),
      (" \t\r\n1 \t\r\n", 1), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9223372036854775808)), ("1.5", 1.5), ("1.0", .number(1)), ("1e3", .number(1000)),
      ("1E+3", .number(1000)), ("25e-1", 2.5), ("1e-400", .number(0)), ("\"\"", ""), ("\"aé漢😀\"", "aé漢😀"), ("[]", []),
      ("{}", [:]),
      ("[1,[2,[]]]", [1, [2, []]]), ("[ 1 , 2 ]", [1, 2]), ("{\"a\":{\"b\":null}}", ["a": ["b": .null]]),
      ("{ \"a\" : 1 , \"b\" : 2 }", ["a": 1, "b": 2]), ("{\"\":1}", ["": 1]),
    ] as [(String, JSONValue)])
  func textsOfTheGrammarAreRead(_ text: String, _ value: JSONValue) throws {
    #expect(try JSONParser.parse(text) == value)
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u00E9""#, "Aéé"), (#""\ud83d\ude00""#, "😀"),
    (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\u0000""#, "\u{0}"), (#""\uFFFF\ue000""#, "\u{FFFF}\u{E000}"),
    (#""a\u0301""#, "a\u{301}"),
  ])
  func escapesAreRead(_ text: String, _ value: String) throws {
    let read = try #require(try JSONParser.parse(text).stringValue)
    #expect(Array(read.unicodeScalars) == Array(value.unicodeScalars))
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    var text: String
    var reason: String
    var offset: Int
    var testDescription: String { text }
    init(_ text: String, _ reason: String, _ offset: Int) {
      (self.text, self.reason, self.offset) = (text, reason, offset)
    }
  }

  static let faults: [Fault] = [
    Fault("", "unexpected end", 0), Fault("  ", "unexpected end", 2), Fault("[", "unexpected end", 1),
    Fault("{", "unexpected end", 1), Fault("[1", "unexpected end", 2), Fault("[1,", "unexpected end", 3),
    Fault("{\"a\"", "unexpected end", 4), Fault("{\"a\":", "unexpected end", 5), Fault("{\"a\":1", "unexpected end", 6),
    Fault("\"", "unexpected end", 1), Fault("\"a", "unexpected end", 2), Fault("\"\\", "unexpected end", 2),
    Fault("\"\\u12", "unexpected end", 5), Fault("-", "unexpected end", 1), Fault("1.", "expected a digit", 2),
    Fault("1e", "unexpected end", 2), Fault("1e+", "expected a digit", 3), Fault(".5", "unexpected character", 0),
    Fault("+1", "unexpected character", 0), Fault("01", "unexpected text after the value", 1),
    Fault("-01", "unexpected text after the value", 2), Fault("0x10", "unexpected text after the value", 1),
    Fault("1 2", "unexpected text after the value", 2), Fault("nul", "unexpected word", 0),
    Fault("True", "unexpected character", 0), Fault("nullx", "unexpected text after the value", 4),
    Fault("NaN", "unexpected character", 0), Fault("Infinity", "unexpected character", 0),
    Fault("-Infinity", "expected a digit", 1), Fault("1e400", "number out of range", 5),
    Fault("-1e400", "number out of range", 6), Fault("[1,]", "unexpected character", 3),
    Fault("[,1]", "unexpected character", 1), Fault("[1 2]", "expected a comma", 3),
    Fault("[1}", "expected a comma", 2),
    Fault("{1:2}", "expected a key", 1), Fault("{\"a\":1,}", "expected a key", 7),
    Fault("{\"a\" 1}", "expected a colon", 5), Fault("{a:1}", "expected a key", 1),
    Fault("{\"a\":1 \"b\":2}", "expected a comma", 7), Fault("'a'", "unexpected character", 0),
    Fault("\"a\nb\"", "control character in a string", 2), Fault("\"\\n\n\"", "control character in a string", 4),
    Fault("\"\t\"", "control character in a string", 1), Fault(#""\x41""#, "unknown escape", 3),
    Fault(#""\u12g4""#, "bad \\u escape", 5), Fault(#""\u+123""#, "bad \\u escape", 3),
    Fault(#""\ud800""#, "lone surrogate", 7), Fault(#""\udc00""#, "lone surrogate", 7),
    Fault(#""\ud800\n""#, "lone surrogate", 7), Fault(#""\ud800\ud800""#, "lone surrogate", 13),
    Fault(#""\ud800\u0041""#, "lone surrogate", 13), Fault("// c\n1", "unexpected character", 0),
    Fault("{\"a\":1,\"a\":2}", "duplicate key", 12), Fault(#"{"a":1,"\u0061":2}"#, "duplicate key", 17),
    Fault("{\"k\":{\"a\":1,\"a\":1}}", "duplicate key", 17), Fault("\u{FEFF}1", "unexpected character", 0),
    Fault("\u{A0}1", "unexpected character", 0),
  ]

  @Test(arguments: faults) func everyOtherTextIsRefusedAtItsPlace(_ fault: Fault) {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(fault.text) }
    #expect(error?.reason == fault.reason)
    #expect(error?.offset == fault.offset)
  }

  /// Overlong forms, surrogates, values above U+10FFFF, lone and missing continuation bytes (RFC 3629).
  @Test(
    arguments: [
      [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0x81], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80],
      [0xED, 0xBF, 0xBF], [0xE2, 0x82], [0xF0, 0x80, 0x80, 0xAF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
      [0xFE], [0xFF],
    ] as [[UInt8]])
  func invalidUTF8IsRefusedInValuesAndKeys(_ bytes: [UInt8]) {
    let quoted = [0x22] + bytes + [0x22]
    let escaped = [0x22, 0x5C, 0x6E] + bytes + [0x22]
    let key = [0x7B] + quoted + Array(":1}".utf8)
    for text in [quoted, escaped, key] {
      let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(text) }
      #expect(error?.reason == "invalid UTF-8 in a string")
    }
    #expect(throws: JSONSyntaxError.self, "outside of a string") { try JSONParser.parse(bytes) }
  }

  @Test(arguments: [("[", "]"), ("{\"a\":", "}")]) func nestingIsBounded(_ open: String, _ close: String) throws {
    func nested(_ depth: Int) -> String {
      String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
    }
    let deepest = try JSONParser.parse(nested(JSONParser.maximumDepth))
    #expect(deepest.text == nested(JSONParser.maximumDepth))
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(nested(JSONParser.maximumDepth + 1)) }
    #expect(error?.reason == "nested deeper than 64")
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(String(repeating: open, count: 1_000_000)) }
  }

  @Test func bytesWithoutContiguousStorageAreReadTheSame() throws {
    let text = "{\"a\":[1,2,\"é\"]}"
    let bytes = text.utf8.lazy.filter { _ in true }
    #expect(try JSONParser.parse(bytes) == JSONParser.parse(text))
  }

  @Test func aFaultSaysWhatAndWhere() {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONParser.parse("[1,]") }
    #expect("\(error!)" == "unexpected character at byte 3")
  }
}
