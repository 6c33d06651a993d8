import PeerModel
import Testing

@Suite struct TrustLevelTests {
  @Test(arguments: [
    ("unknown", 0), ("pending", 10), ("basic", 50), ("trusted", 75), ("full", 100), ("Basic", 50), ("TRUSTED", 75),
    ("0", 0), ("10", 10), ("50", 50), ("75", 75), ("100", 100),
  ])
  func namesAndNumbersAreRead(_ text: String, _ value: Int) throws {
    #expect(try #require(TrustLevel(text)).value == value)
  }

  @Test(arguments: ["", " basic", "basic ", "owner", "51", "-1", "101", "1e2", "50.0", "99999999999999999999", "fúll"])
  func otherTextsAreRefused(_ text: String) {
    #expect(TrustLevel(text) == nil)
  }

  @Test(arguments: [
    (JSONValue.integer(75), 75), (.number(75.0), 75), (.string("trusted"), 75), (.string("75"), 75),
    (.integer(0), 0),
  ])
  func jsonMayHaveEither(_ json: JSONValue, _ value: Int) throws {
    #expect(try TrustLevel(json: json).value == value)
  }

  @Test(arguments: [
    JSONValue.integer(51), .number(75.5), .string("owner"), .bool(true), .null, [], [:], .integer(.max),
    .integer(.min),
  ])
  func otherJSONIsRefused(_ json: JSONValue) {
    let error = #expect(throws: NodeError.self) { try TrustLevel(json: json) }
    #expect(error?.code == .invalidArguments)
    #expect(error?.message.hasSuffix("use basic, trusted, full or 50, 75, 100") == true)
  }

  @Test func levelsAreOrderedAndOnlyThreeCanBeGranted() {
    #expect(TrustLevel.all.map(\.value) == [0, 10, 50, 75, 100])
    #expect(TrustLevel.all == TrustLevel.all.shuffled().sorted())
    #expect(TrustLevel.grantable.map(\.name) == ["basic", "trusted", "full"])
  }

  @Test(arguments: TrustLevel.all) func aLevelIsWrittenAsItsName(_ level: TrustLevel) throws {
    #expect(level.json == .string(level.name))
    #expect(try TrustLevel(json: level.json) == level)
    #expect("\(level)" == level.name)
  }
}
