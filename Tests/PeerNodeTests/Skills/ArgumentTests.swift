import PeerModel
import Testing

@testable import PeerNode

@Suite struct ArgumentTests {
  static let schema = Schema.object([
    "count": .integer("A count."), "ratio": .number("A ratio."), "deep": .boolean("Deep."), "word": .string("A word."),
    "level": .trust("A level."), "any": .any("Anything."), "maybe": Schema.integer("Maybe.").orNull,
  ])

  static let coerced: [(String, String, JSONValue)] = [
    ("count", "7", 7), ("count", "-7", -7), ("count", "0", 0), ("count", "9223372036854775807", .integer(.max)),
    ("ratio", "2", 2), ("ratio", "2.5", 2.5), ("ratio", "-1e3", -1000.0), ("deep", "true", true),
    ("deep", "false", false), ("maybe", "3", 3),
    // Not exactly a value of the type: stays a string, and validation names it.
    ("count", "7.0", "7.0"), ("count", "1e3", "1e3"), ("count", " 7", " 7"), ("count", "7 ", "7 "),
    ("count", "+7", "+7"), ("count", "007", "007"), ("count", "0x7", "0x7"), ("count", "", ""),
    ("count", "9223372036854775808", "9223372036854775808"), ("count", "true", "true"), ("count", "٧", "٧"),
    ("ratio", "NaN", "NaN"), ("ratio", "inf", "inf"), ("ratio", "1e999", "1e999"), ("ratio", ".5", ".5"),
    ("ratio", "1,5", "1,5"), ("deep", "True", "True"), ("deep", "1", "1"), ("deep", "yes", "yes"),
    ("maybe", "null", "null"),
    // Welcome as text.
    ("word", "7", "7"), ("word", "true", "true"), ("level", "50", "50"), ("any", "7", "7"), ("unknown", "7", "7"),
  ]

  @Test(arguments: coerced)
  func textBecomesTheTypeThatTheSchemaWants(_ row: (name: String, text: String, value: JSONValue)) {
    let result = ArgumentCoercion.coerce(.object([row.name: .string(row.text)]), to: Self.schema)
    #expect(result == .object([row.name: row.value]))
  }

  @Test func otherValuesAreLeftAlone() {
    let arguments: JSONValue = ["count": 1.5, "deep": 1, "ratio": [1], "word": .null]
    #expect(ArgumentCoercion.coerce(arguments, to: Self.schema) == arguments)
    #expect(ArgumentCoercion.coerce("text", to: Self.schema) == "text")
  }

  static let valid: [(String, String)] = [
    ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
    ("Zm9vYmFy", "foobar"),
  ]

  @Test(arguments: valid)
  func testVectorsOfTheRFCDecode(_ row: (text: String, bytes: String)) throws {
    var decoder = Base64Decoder(row.text)
    #expect(decoder.next() == Array(row.bytes.utf8))
    #expect(decoder.next() == [])
  }

  @Test(arguments: [
    "Z", "Zg", "Zg=", "Zg===", "=", "====", "Zg==Zg==", "Zm9v\n", "Zm9v ", " Zm9", "Zm\n9v", "Zm9-", "Zm9_", "Zh==",
    "Zm9=", "Z===", "Zm=v", "=m9v", "Zm9vZ", "Zm9é", "Zm9\u{0}", "Zm8=\n===",
  ])
  func malformedBase64IsRefused(_ text: String) {
    var decoder = Base64Decoder(text)
    #expect(decoder.next() == nil)
  }

  @Test func everyByteSequenceSurvivesBase64() throws {
    for length in [1, 2, 3, 1000, 196_607, 196_608, 196_609, 400_000] {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255) }
      var decoder = Base64Decoder(encoded(bytes))
      var decoded: [UInt8] = []
      while let piece = decoder.next(), !piece.isEmpty { decoded += piece }
      #expect(decoded == bytes)
    }
  }

  static let references: [(JSONValue, ErrorCode, String)] = [
    (["file": ["$stream": 2]], .invalidArguments, "/file: stream 2"),
    (["file": ["$stream": 1], "other": ["$stream": 3]], .invalidArguments, "/other: stream 3"),
    (["file": ["text": "abc"]], .invalidArguments, "/: no argument refers to stream 1"),
    (["file": ["base64": "Zg"], "other": ["$stream": 1]], .invalidArguments, "/file/base64: not base64"),
    (["file": ["$stream": 1, "size": 4]], .invalidArguments, "/file: announced as 4 bytes"),
    (["file": ["text": "12345678901"], "other": ["$stream": 1]], .tooLarge, "11"),
    (["file": ["base64": "MTIzNDU2Nzg5MDEx"], "other": ["$stream": 1]], .tooLarge, "/file"),
  ]

  @Test(arguments: references)
  func wrongReferenceIsNamed(_ row: (arguments: JSONValue, code: ErrorCode, text: String)) async throws {
    try await SkillBench.run { bench in
      let resolver = FileArguments(
        schema: .object(["file": .file("A file."), "other": .file("Another.")]), workspace: bench.workspace, limit: 10)
      let stream = try bench.file("abc".utf8)
      let error = #expect(throws: NodeError.self) { try resolver.resolve(row.arguments, streams: [1: stream]) }
      #expect(error?.code == row.code)
      #expect(error?.message.contains(row.text) == true, "\(error?.message ?? "")")
    }
  }

  @Test func filesComeFromStreamsTextAndBase64() async throws {
    try await SkillBench.run { bench in
      let schema = Schema.object(["a": .file("A."), "b": .file("B."), "c": .file("C."), "n": .integer("N.")])
      let resolver = FileArguments(schema: schema, workspace: bench.workspace, limit: 10)
      let resolved = try resolver.resolve(
        [
          "a": ["$stream": 1], "b": ["name": "b.txt", "text": "1234567890"],
          "c": ["name": "c.bin", "base64": "AP8=", "media_type": "application/x-c"], "n": 1,
        ], streams: [1: try bench.file("abc".utf8, name: "stream.pdf")])
      #expect(resolved.values == ["n": 1])
      #expect(resolved.files["a"]?.name == "stream.pdf")
      #expect(try resolved.files["a"]?.contents(limit: 9) == Array("abc".utf8))
      #expect(try resolved.files["b"]?.contents(limit: 10) == Array("1234567890".utf8))
      #expect(resolved.files["c"]?.mediaType == "application/x-c")
      #expect(try resolved.files["c"]?.contents(limit: 9) == [0, 255])
    }
  }
}

/// An encoder written apart from the decoder, from the description in the RFC.
func encoded(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let three = bytes[start..<min(start + 3, bytes.count)]
    let bits = three.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - three.count))
    for place in 0..<4 {
      text.append(place > three.count ? UInt8(ascii: "=") : alphabet[bits >> (18 - 6 * place) & 63])
    }
  }
  return String(decoding: text, as: UTF8.self)
}
