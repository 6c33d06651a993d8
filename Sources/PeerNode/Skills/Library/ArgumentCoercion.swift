internal import PeerModel

/// Reads numbers and truth values that came as text, as a command line's `key=value` does.
enum ArgumentCoercion {
  /// The longest text that is tried; no number and no truth value needs more.
  private static let maximumLength = 64

  /// The arguments with every string replaced that stands exactly for a value of the type its schema wants. A string
  /// that does not is left as it is, for validation to name it.
  static func coerce(_ arguments: JSONValue, to schema: Schema) -> JSONValue {
    guard case .object(var members) = arguments else { return arguments }
    for name in schema.fileListProperties {
      // One file where a list of them is wanted.
      if let file = members[name], case .object = file { members[name] = .array([file]) }
    }
    for property in schema.properties {
      guard let text = members[property.name]?.stringValue else { continue }
      // An argument that may be left out is often a choice of its type and null.
      let options =
        property.schema["type"].map { [$0] } ?? property.schema["anyOf"]?.arrayValue?.map { $0["type"] ?? "string" }
      let types =
        options?.flatMap { $0.arrayValue?.compactMap(\.stringValue) ?? [$0.stringValue].compactMap { $0 } } ?? []
      if let value = value(of: text, as: types) { members[property.name] = value }
    }
    return .object(members)
  }

  /// nil when the text fits none of the types, or is welcome as text.
  private static func value(of text: String, as types: [String]) -> JSONValue? {
    guard !types.contains("string"), text.utf8.count <= maximumLength else { return nil }
    // JSON's own grammar decides what a number is: no sign in front, no leading zeros, no blanks around it.
    guard let first = text.utf8.first, let last = text.utf8.last, first > 0x20, last > 0x20,
      let value = try? JSONParser.parse(text)
    else { return nil }
    switch value {
    case .integer where types.contains("integer") || types.contains("number"): return value
    case .number(let number) where types.contains("number") && number.isFinite: return value
    case .bool where types.contains("boolean"): return value
    default: return nil
    }
  }
}
