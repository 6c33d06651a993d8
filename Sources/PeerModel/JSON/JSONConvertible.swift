/// A value with one JSON form, the same in every door.
package protocol JSONConvertible: Sendable {
  /// Reads the value from its JSON form.
  /// - Throws: ``NodeError`` with code `invalid_arguments` that names the JSON pointer of the fault.
  init(json: JSONValue) throws(NodeError)
  /// The JSON form.
  var json: JSONValue { get }
}

/// Reads the members of a JSON object by name and type, so a message's `init(json:)` is one line a field.
package struct JSONFields: Sendable {
  private let members: [String: JSONValue]
  private let pointer: String

  /// - Parameter pointer: where the object stands in the whole message (RFC 6901), for error texts.
  package init(_ json: JSONValue, at pointer: String = "") throws(NodeError) {
    guard case .object(let members) = json else {
      throw NodeError(.invalidArguments, "\(pointer.isEmpty ? "/" : pointer): expected an object, got \(json.typeName)")
    }
    self.members = members
    self.pointer = pointer
  }

  /// The member of that name; JSON null counts as absent.
  package func value(_ key: String) -> JSONValue? {
    guard let value = members[key], value != .null else { return nil }
    return value
  }

  package func optional<Value: JSONConvertible>(_ key: String, as: Value.Type = Value.self) throws(NodeError) -> Value?
  {
    guard let json = value(key) else { return nil }
    do { return try Value(json: json) } catch {
      throw NodeError(error.code, "\(pointer)/\(key)\(error.message.hasPrefix("/") ? "" : ": ")\(error.message)")
    }
  }

  package func required<Value: JSONConvertible>(_ key: String, as: Value.Type = Value.self) throws(NodeError) -> Value {
    guard let value: Value = try optional(key) else {
      throw NodeError(.invalidArguments, "\(pointer)/\(key): missing")
    }
    return value
  }
}

extension JSONValue: JSONConvertible {
  package init(json: JSONValue) { self = json }
  package var json: JSONValue { self }

  /// An object from pairs of which those without a value are left out.
  package static func compact(_ pairs: KeyValuePairs<String, JSONValue?>) -> JSONValue {
    .object(Dictionary(pairs.compactMap { pair in pair.value.map { (pair.key, $0) } }, uniquingKeysWith: { $1 }))
  }
}

extension String: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) { self = try json.expect("a string", json.stringValue) }
  package var json: JSONValue { .string(self) }
}

extension Bool: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) { self = try json.expect("true or false", json.boolValue) }
  package var json: JSONValue { .bool(self) }
}

extension Int: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    self = try json.expect("an integer", json.integerValue.flatMap(Int.init(exactly:)))
  }
  package var json: JSONValue { .integer(Int64(self)) }
}

extension Double: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) { self = try json.expect("a number", json.doubleValue) }
  package var json: JSONValue { .number(self) }
}

extension Array: JSONConvertible where Element: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    self = []
    for (index, element) in try json.expect("an array", json.arrayValue).enumerated() {
      do { append(try Element(json: element)) } catch {
        throw NodeError(error.code, "/\(index)\(error.message.hasPrefix("/") ? "" : ": ")\(error.message)")
      }
    }
  }
  package var json: JSONValue { .array(map(\.json)) }
}

extension JSONValue {
  fileprivate func expect<Value>(_ what: String, _ value: Value?) throws(NodeError) -> Value {
    guard let value else { throw NodeError(.invalidArguments, "expected \(what), got \(typeName)") }
    return value
  }
}
