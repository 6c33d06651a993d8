import Testing

@testable import MulticastDNS

@Suite struct TXTRecordTests {
  @Test func keysIgnoreCaseAndTheFirstCounts() throws {
    let record = try TXTRecord([(key: "Fp", value: "one"), (key: "fP", value: "two")])
    #expect(record.string("FP") == "one")
    #expect(record.keys == ["Fp"])
  }

  @Test func aKeyWithoutValueIsNotAnEmptyValue() throws {
    let record = try TXTRecord([(key: "flag", value: nil), (key: "empty", value: []), (key: "a", value: [0x3D, 0x62])])
    #expect(record.contains("flag") && record["flag"] == nil)
    #expect(record.contains("empty") && record["empty"] == [])
    #expect(record.string("a") == "=b")
    #expect(!record.contains("absent"))
  }

  @Test func stringsWithoutAKeyAreIgnored() {
    let record = TXTRecord(checkedWire: [2, 0x3D, 0x62, 0, 3, 0x61, 0x3D, 0x62, 2, 0x07, 0x62])
    #expect(record.keys == ["a"])
  }

  @Test func valuesMayBeAnyBytes() throws {
    let record = try TXTRecord([(key: "raw", value: [0xFF, 0x00, 0x1B])])
    #expect(record["raw"] == [0xFF, 0x00, 0x1B])
    #expect(record.string("raw") == nil)
  }

  @Test(arguments: [0, 255, 1300])
  func recordsOfManySizesSurviveTheWire(size: Int) throws {
    let pairs = (0..<size / 13).map { (key: "key\(100 + $0)", value: "12345") }
    let record = try TXTRecord(pairs)
    let answer = ResourceRecord(Bench.name("a.local"), .txt, ttl: 1, .text(record.wire))
    let back = try Message(parsing: Bench.response([answer]).encoded())
    #expect(back.answers == [answer])
  }

  @Test(arguments: ["", "a=b", "ümlaut", "tab\t"])
  func keysThatTheStandardForbidsAreRefused(key: String) {
    #expect(throws: MulticastDNSError.invalidTXT(key: key)) { try TXTRecord([(key: key, value: "x")]) }
  }

  @Test func pairsOver255BytesAreRefused() {
    let long = String(repeating: "x", count: 252)
    #expect(throws: Never.self) { try TXTRecord([(key: "ab", value: long)]) }
    #expect(throws: MulticastDNSError.invalidTXT(key: "abc")) { try TXTRecord([(key: "abc", value: long)]) }
  }
}
