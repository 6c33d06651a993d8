/// A JSON Schema (draft 2020-12), of the part that arguments need: `type`, `properties`, `required`,
/// `additionalProperties`, `items`, `enum`, `minimum`, `maximum`, `minLength`, `maxLength`, `maxItems`, `anyOf`,
/// `format: file`, and the annotations `description` and `default`.
package struct Schema: Hashable, Sendable {
  /// The schema as it is published.
  package let json: JSONValue

  /// Takes a schema that somebody wrote.
  /// - Throws: ``NodeError`` `invalid_arguments` with a JSON pointer for a keyword that is not checked here, so that no
  ///   author believes in a rule that nobody enforces.
  package init(checking json: JSONValue) throws(NodeError) {
    try Self.check(json, at: "")
    self.json = json
  }

  /// Takes a schema that is shown, not enforced: another node's, which may know more keywords.
  package init(shown json: JSONValue) { self.json = json }

  private init(_ members: [String: JSONValue]) { json = .object(members) }

  package static func string(
    _ description: String, minimumLength: Int? = nil, maximumLength: Int? = nil
  ) -> Schema {
    var members: [String: JSONValue] = ["type": "string", "description": .string(description)]
    members["minLength"] = minimumLength?.json
    members["maxLength"] = maximumLength?.json
    return Schema(members)
  }

  package static func integer(_ description: String, minimum: Int? = nil, maximum: Int? = nil) -> Schema {
    var members: [String: JSONValue] = ["type": "integer", "description": .string(description)]
    members["minimum"] = minimum?.json
    members["maximum"] = maximum?.json
    return Schema(members)
  }

  package static func number(_ description: String, minimum: Double? = nil, maximum: Double? = nil) -> Schema {
    var members: [String: JSONValue] = ["type": "number", "description": .string(description)]
    members["minimum"] = minimum?.json
    members["maximum"] = maximum?.json
    return Schema(members)
  }

  package static func boolean(_ description: String) -> Schema {
    Schema(["type": "boolean", "description": .string(description)])
  }

  package static func enumeration(_ values: [String], _ description: String) -> Schema {
    Schema(["type": "string", "enum": values.json, "description": .string(description)])
  }

  package static func array(of element: Schema, _ description: String, maximumCount: Int? = nil) -> Schema {
    var members: [String: JSONValue] = [
      "type": "array", "items": element.json, "description": .string(description),
    ]
    members["maxItems"] = maximumCount?.json
    return Schema(members)
  }

  /// An object with these members and no others; `required` names those that must be there.
  package static func object(
    _ properties: [String: Schema], required: [String] = [], _ description: String? = nil, open: Bool = false
  ) -> Schema {
    var members: [String: JSONValue] = [
      "type": "object", "properties": .object(properties.mapValues(\.json)),
      "additionalProperties": .bool(open),
    ]
    if !required.isEmpty { members["required"] = required.sorted().json }
    members["description"] = description.map(JSONValue.string)
    return Schema(members)
  }

  /// The bytes of a file: inline as `{"name","base64"}`, or a stream that travels beside the JSON.
  package static func file(_ description: String) -> Schema {
    Schema(["type": "object", "format": "file", "description": .string(description)])
  }

  /// Any JSON value.
  package static func any(_ description: String) -> Schema { Schema(["description": .string(description)]) }

  /// A trust level by name or number.
  package static func trust(_ description: String) -> Schema {
    Schema(["type": ["string", "integer"], "description": .string(description)])
  }

  /// The same schema that also takes null.
  package var orNull: Schema {
    guard case .object(var members) = json, let type = members["type"] else { return self }
    members["type"] = .array([type, "null"])
    return Schema(members)
  }

  /// The same object schema with every member required: what a result always has.
  package var whole: Schema {
    guard case .object(var members) = json else { return self }
    members["required"] = properties.map(\.name).json
    return Schema(members)
  }

  /// The same object schema with more members, which may be absent.
  package func adding(_ more: [String: Schema]) -> Schema {
    guard case .object(var members) = json else { return self }
    let properties = members["properties"]?.objectValue ?? [:]
    members["properties"] = .object(properties.merging(more.mapValues(\.json)) { $1 })
    return Schema(members)
  }

  /// The same schema with a documented default.
  package func withDefault(_ value: JSONValue) -> Schema {
    guard case .object(var members) = json else { return self }
    members["default"] = value
    return Schema(members)
  }

  private static let keywords: Set<String> = [
    "$schema", "title", "type", "properties", "required", "additionalProperties", "items", "enum", "minimum", "maximum",
    "minLength", "maxLength", "maxItems", "anyOf", "format", "description", "default", "examples",
  ]

  private static func check(_ json: JSONValue, at pointer: String) throws(NodeError) {
    guard case .object(let members) = json else {
      throw NodeError(.invalidArguments, "\(pointer.isEmpty ? "/" : pointer): a schema is an object")
    }
    for key in members.keys.sorted() where !keywords.contains(key) {
      throw NodeError(.invalidArguments, "\(pointer)/\(key): this schema keyword is not supported")
    }
    try checkShapes(members, at: pointer)
    for (name, property) in (members["properties"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
      try check(property, at: "\(pointer)/properties/\(name)")
    }
    if let items = members["items"] { try check(items, at: "\(pointer)/items") }
    for (index, option) in (members["anyOf"]?.arrayValue ?? []).enumerated() {
      try check(option, at: "\(pointer)/anyOf/\(index)")
    }
  }
}

extension Schema {
  private static let types: Set<String> = ["null", "boolean", "integer", "number", "string", "array", "object"]

  /// A known keyword with a value of another shape would not be enforced either.
  private static func checkShapes(_ members: [String: JSONValue], at pointer: String) throws(NodeError) {
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      let fault: String? =
        switch key {
        case "type": names(value).allSatisfy(types.contains) && !names(value).isEmpty ? nil : "not a JSON type"
        case "properties": value.objectValue == nil ? "must be an object" : nil
        case "required":
          value.arrayValue?.allSatisfy { $0.stringValue != nil } == true ? nil : "must be an array of names"
        case "additionalProperties": value.boolValue == nil ? "must be true or false" : nil
        case "enum", "anyOf": value.arrayValue == nil ? "must be an array" : nil
        case "minimum", "maximum", "minLength", "maxLength", "maxItems":
          value.doubleValue == nil ? "must be a number" : nil
        case "format": value == "file" ? nil : "only file is supported"
        default: nil
        }
      if let fault { throw NodeError(.invalidArguments, "\(pointer)/\(key): \(fault)") }
    }
  }

  private static func names(_ type: JSONValue) -> [String] {
    type.arrayValue?.map { $0.stringValue ?? "" } ?? [type.stringValue ?? ""]
  }

  /// The properties of an object schema, sorted by name.
  package var properties: [(name: String, schema: JSONValue)] {
    (json["properties"]?.objectValue ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Names of the properties that must be given.
  package var required: [String] { json["required"]?.arrayValue?.compactMap(\.stringValue) ?? [] }

  /// Names of the properties that take a file.
  package var fileProperties: [String] {
    properties.filter { $0.schema["format"] == "file" }.map(\.name)
  }
}
