import PeerModel
import Testing

@Suite struct SchemaTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var schema: Schema
    var value: JSONValue
    /// `pointer: reason`, nil when the value fits.
    var fault: String?
    var testDescription: String { "\(schema.json.text) ← \(value.text)" }
    init(_ schema: Schema, _ value: JSONValue, _ fault: String? = nil) {
      (self.schema, self.value, self.fault) = (schema, value, fault)
    }
  }

  static let person = Schema.object(
    [
      "name": .string("Name.", maximumLength: 4), "age": .integer("Age.", minimum: 0, maximum: 130),
      "tags": .array(of: .string("Tag."), "Tags.", maximumCount: 2),
      "home": .object(["a/b~c": .number("Odd.")], required: ["a/b~c"]),
    ], required: ["name"])

  static func checked(_ json: JSONValue) -> Schema {
    guard let schema = try? Schema(checking: json) else { preconditionFailure("not a schema: \(json.text)") }
    return schema
  }

  static let cases: [Case] = [
    Case(.string("S."), "a"), Case(.string("S."), 1, "/: expected string, got integer"),
    Case(.string("S."), .null, "/: expected string, got null"), Case(Schema.string("S.").orNull, .null),
    Case(Schema.string("S.").orNull, 1, "/: expected string or null, got integer"),
    Case(.string("S.", maximumLength: 2), "é漢"),
    Case(.string("S.", maximumLength: 2), "abc", "/: must have at most 2 characters"),
    Case(.string("S.", maximumLength: 2), "e\u{301}e", "/: must have at most 2 characters"),
    Case(checked(["type": "string", "minLength": 2]), "a", "/: must have at least 2 characters"),
    Case(checked(["type": "string", "minLength": 2]), "ab"),
    Case(.integer("I."), 3), Case(.integer("I."), .number(3)),
    Case(.integer("I."), 3.5, "/: expected integer, got number"),
    Case(.integer("I."), "3", "/: expected integer, got string"), Case(.integer("I.", minimum: 1, maximum: 5), 1),
    Case(.integer("I.", minimum: 1, maximum: 5), 5),
    Case(.integer("I.", minimum: 1, maximum: 5), 0, "/: must be at least 1"),
    Case(.integer("I.", minimum: 1, maximum: 5), 6, "/: must be at most 5"),
    Case(.integer("I.", maximum: 5), .integer(.max), "/: must be at most 5"),
    Case(.number("N."), 3), Case(.number("N.", minimum: 0.1), 0.05, "/: must be at least 0.1"),
    Case(.number("N."), true, "/: expected number, got boolean"),
    Case(.boolean("B."), true), Case(.boolean("B."), "true", "/: expected boolean, got string"),
    Case(.enumeration(["a", "b"], "E."), "b"), Case(.enumeration(["a", "b"], "E."), "c", "/: must be one of a, b"),
    Case(.enumeration(["a", "b"], "E."), "A", "/: must be one of a, b"), Case(.any("A."), .null),
    Case(.any("A."), [1, "a"]),
    Case(.trust("T."), 50), Case(.trust("T."), "basic"),
    Case(.trust("T."), 50.5, "/: expected string or integer, got number"),
    Case(.array(of: .integer("I."), "A."), [1, 2]),
    Case(.array(of: .integer("I."), "A."), [1, "x"], "/1: expected integer, got string"),
    Case(.array(of: .integer("I."), "A.", maximumCount: 1), [1, 2], "/: must have at most 1 items"),
    Case(.array(of: .integer("I."), "A."), [:], "/: expected array, got object"),
    Case(person, ["name": "Ann", "age": 3, "tags": ["x"], "home": ["a/b~c": 1]]),
    Case(person, [:], "/name: missing"), Case(person, ["name": "Annika"], "/name: must have at most 4 characters"),
    Case(person, ["name": "Ann", "age": 131], "/age: must be at most 130"),
    Case(person, ["name": "Ann", "tags": ["a", 1]], "/tags/1: expected string, got integer"),
    Case(person, ["name": "Ann", "tags": ["a", "b", "c"]], "/tags: must have at most 2 items"),
    Case(person, ["name": "Ann", "home": [:]], "/home/a~1b~0c: missing"),
    Case(person, ["name": "Ann", "home": ["a/b~c": "x"]], "/home/a~1b~0c: expected number, got string"),
    Case(person, ["name": "Ann", "agee": 3], "/agee: unknown argument, did you mean age?"),
    Case(person, ["name": "Ann", "zzzzzz": 3], "/zzzzzz: unknown argument"),
    Case(person, ["name": "Ann", "age": .null], "/age: expected integer, got null"),
    Case(person, [], "/: expected object, got array"),
    Case(.object(["a": .string("A.")], open: true), ["b": 1]),
    Case(checked(["anyOf": [["type": "string"], ["type": "integer", "minimum": 5]]]), 7),
    Case(
      checked(["anyOf": [["type": "string"], ["type": "integer", "minimum": 5]]]), 3,
      "/: fits none of the allowed forms"),
    Case(
      checked(["type": "array", "items": ["anyOf": [["type": "string"]]]]), ["a", 1],
      "/1: fits none of the allowed forms"),
    Case(.object(["file": .file("F.")]), ["file": ["name": "a", "text": "x"]]),
    Case(
      .object(["file": .file("F.")]), ["file": ["name": "../a", "text": "x"]], "/file: name: not a plain file name"),
    Case(
      .object(["file": .file("F.")]), ["file": ["name": "a"]],
      "/file: a file is {\"name\":…,\"base64\":…} or {\"name\":…,\"text\":…}"),
  ]

  @Test(arguments: cases) func aValueFitsOrItsFirstFaultIsNamed(_ test: Case) {
    let fault = test.schema.firstFault(of: test.value)
    #expect(fault.map { "\($0.pointer.isEmpty ? "/" : $0.pointer): \($0.reason)" } == test.fault)
    if let expected = test.fault {
      let error = #expect(throws: NodeError.self) { try test.schema.validate(test.value) }
      #expect(error == NodeError(.invalidArguments, expected))
    } else {
      #expect(throws: Never.self) { try test.schema.validate(test.value) }
    }
  }

  @Test(
    arguments: [
      (["pattern": "a"], "/pattern: this schema keyword is not supported"),
      (["properties": ["a": ["oneOf": []]]], "/properties/a/oneOf: this schema keyword is not supported"),
      (["items": ["not": [:]]], "/items/not: this schema keyword is not supported"),
      (["anyOf": [[:], ["$ref": "#"]]], "/anyOf/1/$ref: this schema keyword is not supported"),
      (["items": false], "/items: a schema is an object"), ([], "/: a schema is an object"),
    ] as [(JSONValue, String)])
  func aRuleThatNobodyKnowsIsRefused(_ json: JSONValue, _ message: String) {
    let error = #expect(throws: NodeError.self) { try Schema(checking: json) }
    #expect(error?.message == message)
  }

  /// A known keyword with a value of another shape would not be enforced either.
  @Test(
    arguments: [
      (["type": "object", "additionalProperties": ["type": "string"]], "/additionalProperties: must be true or false"),
      (["type": "string", "format": "date"], "/format: only file is supported"),
      (["type": "text"], "/type: not a JSON type"), (["required": "name"], "/required: must be an array of names"),
      (["enum": "a"], "/enum: must be an array"), (["minimum": "1"], "/minimum: must be a number"),
      (["properties": []], "/properties: must be an object"), (["anyOf": [:]], "/anyOf: must be an array"),
    ] as [(JSONValue, String)])
  func aRuleOfAnotherShapeIsRefused(_ json: JSONValue, _ message: String) {
    let error = #expect(throws: NodeError.self) { try Schema(checking: json) }
    #expect(error?.message == message)
  }

  @Test func everySchemaOfOursIsASchema() throws {
    #expect(try Schema(checking: Self.person.json) == Self.person)
    #expect(try Schema(checking: Peer.schema.json) == Peer.schema)
    #expect(try Schema(checking: SkillDescription.schema.json) == SkillDescription.schema)
  }

  @Test func propertiesAreListedForReferences() {
    let schema = Schema.object(["b": .file("F."), "a": .string("A.")], required: ["b"])
    #expect(schema.properties.map(\.name) == ["a", "b"])
    #expect(schema.required == ["b"])
    #expect(schema.fileProperties == ["b"])
  }
}
