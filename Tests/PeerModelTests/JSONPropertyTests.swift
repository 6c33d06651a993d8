import PeerModel
import SeededRandom
import Testing

/// What holds for every value and for every text.
@Suite struct JSONPropertyTests {
  @Test(arguments: 1...8) func everyValueSurvivesBeingWrittenAndRead(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<250 {
      let value = Self.value(depth: 0, &generator)
      #expect(try JSONParser.parse(value.text) == value, "\(value.text)")
      #expect(try JSONParser.parse(value.indentedText) == value)
      #expect(try JSONParser.parse(value.bytes).bytes == value.bytes, "equal values have equal bytes")
    }
  }

  @Test(arguments: 1...4) func cutAndDamagedTextsAreReadOrRefusedButNeverMisread(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed &+ 100)
    for _ in 0..<500 {
      var bytes = Self.value(depth: 0, &generator).bytes
      for _ in 0...Int.random(in: 0...2, using: &generator) where !bytes.isEmpty {
        let index = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0...2, using: &generator) {
        case 0: bytes.removeSubrange(index...)
        case 1: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        default: bytes.insert(contentsOf: "[{\",:\\u".utf8.prefix(Int.random(in: 1...7, using: &generator)), at: index)
        }
      }
      do {
        let value = try JSONParser.parse(bytes)
        // What was understood is understood again from its own text.
        #expect((try? JSONParser.parse(value.bytes)) == value)
      } catch { #expect((0...bytes.count).contains(error.offset)) }
    }
  }

  @Test(
    arguments: [
      (JSONValue.number(.nan), "null"), (.number(.infinity), "null"), (.number(0.1), "0.1"), (.number(5), "5.0"),
      (.string("\u{0}\u{1F}\u{7F}"), #""\u0000\u001f\u007f""#), (.string("\"\\/\n\r\t"), #""\"\\/\n\r\t""#),
      (["b": 1, "a": [true, .null], "é": [:]], #"{"a":[true,null],"b":1,"é":{}}"#),
    ] as [(JSONValue, String)])
  func valuesAreWrittenOnOneLineWithSortedKeys(_ value: JSONValue, _ text: String) {
    #expect(value.text == text)
    #expect(!value.bytes.contains(0x0A))
  }

  @Test func theFormForPeopleIsIndented() {
    let value: JSONValue = ["b": [1, [:]], "a": []]
    #expect(value.indentedText == "{\n  \"a\": [],\n  \"b\": [\n    1,\n    {}\n  ]\n}")
  }

  @Test(
    arguments: [
      (JSONValue.integer(5), Int64(5)), (.number(5), 5), (.number(-3), -3), (.number(5.5), nil), (.number(1e19), nil),
      (.number(.nan), nil), (.string("5"), nil), (.bool(true), nil), (.null, nil),
    ] as [(JSONValue, Int64?)])
  func aNumberWithoutFractionCountsAsAnInteger(_ value: JSONValue, _ integer: Int64?) {
    #expect(value.integerValue == integer)
  }

  static func value(depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: 0...(depth < 4 ? 7 : 5), using: &generator) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &generator))
    case 2: return .integer(Int64(truncatingIfNeeded: generator.next() >> UInt64.random(in: 0...63, using: &generator)))
    case 3:
      let number = Double(bitPattern: generator.next())
      return .number(number.isFinite ? number : 0.5)
    case 4, 5: return .string(string(&generator))
    case 6:
      return .array((0..<Int.random(in: 0...4, using: &generator)).map { _ in value(depth: depth + 1, &generator) })
    default:
      let pairs = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        (string(&generator), value(depth: depth + 1, &generator))
      }
      return .object(Dictionary(pairs) { first, _ in first })
    }
  }

  private static func string(_ generator: inout SeededGenerator) -> String {
    let ranges: [ClosedRange<UInt32>] = [
      0...0x1F, 0x20...0x7F, 0x80...0x7FF, 0x4E00...0x9FFF, 0x1F300...0x1F6FF, 0x300...0x36F,
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...8, using: &generator) {
      let range = ranges[Int.random(in: ranges.indices, using: &generator)]
      if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { text.append(scalar) }
    }
    return String(text)
  }
}
