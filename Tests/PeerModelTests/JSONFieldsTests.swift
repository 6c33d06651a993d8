import PeerModel
import Testing

@Suite struct JSONFieldsTests {
  static let json: JSONValue = [
    "text": "a", "number": 1.5, "whole": 2, "flag": false, "list": ["a", "b"], "nothing": .null,
    "level": "basic", "bad": ["a", 7],
  ]

  @Test func membersAreReadByNameAndType() throws {
    let fields = try JSONFields(Self.json)
    #expect(try fields.required("text", as: String.self) == "a")
    #expect(try fields.required("number", as: Double.self) == 1.5)
    #expect(try fields.required("whole", as: Double.self) == 2)
    #expect(try fields.required("whole", as: Int.self) == 2)
    #expect(try fields.required("flag", as: Bool.self) == false)
    #expect(try fields.required("list", as: [String].self) == ["a", "b"])
    #expect(try fields.required("level", as: TrustLevel.self) == .basic)
  }

  @Test func nullCountsAsAbsent() throws {
    let fields = try JSONFields(Self.json)
    #expect(fields.value("nothing") == nil)
    #expect(try fields.optional("nothing", as: String.self) == nil)
    #expect(try fields.optional("missing", as: String.self) == nil)
  }

  @Test func aFaultNamesTheMember() throws {
    let fields = try JSONFields(Self.json, at: "/outer")
    func message<Value: JSONConvertible>(_ key: String, _ type: Value.Type) -> String? {
      let error = #expect(throws: NodeError.self) { try fields.required(key, as: type) }
      #expect(error?.code == .invalidArguments)
      return error?.message
    }
    #expect(message("missing", String.self) == "/outer/missing: missing")
    #expect(message("nothing", String.self) == "/outer/nothing: missing")
    #expect(message("text", Int.self) == "/outer/text: expected an integer, got string")
    #expect(message("number", Int.self) == "/outer/number: expected an integer, got number")
    #expect(message("whole", String.self) == "/outer/whole: expected a string, got integer")
    #expect(message("whole", Bool.self) == "/outer/whole: expected true or false, got integer")
    #expect(message("flag", Double.self) == "/outer/flag: expected a number, got boolean")
    #expect(message("text", [String].self) == "/outer/text: expected an array, got string")
    #expect(message("bad", [String].self) == "/outer/bad/1: expected a string, got integer")
  }

  @Test(arguments: [JSONValue.null, 1, "a", [], true]) func onlyAnObjectHasMembers(_ json: JSONValue) {
    let error = #expect(throws: NodeError.self) { try JSONFields(json) }
    #expect(error?.message == "/: expected an object, got \(json.typeName)")
  }

  @Test func compactLeavesOutWhatIsAbsentAndKeepsNull() {
    #expect(JSONValue.compact(["a": nil, "b": .null, "c": 1]) == ["b": .null, "c": 1])
  }
}
