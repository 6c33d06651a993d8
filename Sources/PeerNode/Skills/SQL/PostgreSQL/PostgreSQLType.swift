internal import PeerModel

/// How a type's text becomes JSON. Numbers of any precision, dates, times and everything else without a type in JSON
/// stay texts.
struct PostgreSQLType {
  private enum Kind {
    case integer
    case real
    case truth
    case json
    case bytes
    case text
  }
  private let kind: Kind
  private let isArray: Bool

  /// - Parameter name: as `format_type` prints it: `numeric(10,2)[]`.
  init(_ name: String) {
    isArray = name.hasSuffix("[]")
    kind =
      switch isArray ? String(name.dropLast(2)) : name {
      case "smallint", "integer", "bigint", "oid": .integer
      case "real", "double precision": .real
      case "boolean": .truth
      case "json", "jsonb": .json
      case "bytea": .bytes
      default: .text
      }
  }

  /// The value of a text that the server printed; the text itself when it is none of the type's.
  func value(of text: String) -> JSONValue {
    guard isArray else { return element(text) }
    var reader = PostgreSQLArray(text)
    return reader.read(element) ?? .string(text)
  }

  private func element(_ text: String) -> JSONValue {
    switch kind {
    case .integer: return Int64(text).map { .integer($0) } ?? .string(text)
    case .real: return Double(text).flatMap { $0.isFinite ? .number($0) : nil } ?? .string(text)
    case .truth: return text == "t" ? .bool(true) : text == "f" ? .bool(false) : .string(text)
    case .json: return (try? JSONParser.parse(text)) ?? .string(text)
    case .bytes: return Self.bytes(text).map { .bytes($0) } ?? .string(text)
    case .text: return .string(text)
    }
  }

  /// The bytes of `\x00ff`.
  private static func bytes(_ text: String) -> [UInt8]? {
    guard text.hasPrefix("\\x"), text.utf8.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    var digits = text.utf8.dropFirst(2)
    while let high = digits.popFirst(), let low = digits.popFirst() {
      guard let byte = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16) else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}

/// Reads an array as PostgreSQL prints it (section 8.15.6 of its manual): `{1,NULL,"a \"b\""}`, nested to any depth that
/// it has (6), perhaps with its bounds in front: `[0:1]={1,2}`.
struct PostgreSQLArray {
  private var rest: ArraySlice<UInt8>
  private static let maximumDepth = 6

  init(_ text: String) {
    rest = Array(text.utf8)[...]
    if rest.first == UInt8(ascii: "["), let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
      rest = rest[(equals + 1)...]
    }
  }

  /// - Parameter element: the value of an element's text.
  /// - Returns: nil for what is no array.
  mutating func read(_ element: (String) -> JSONValue) -> JSONValue? {
    guard let value = list(element, depth: 0), rest.isEmpty else { return nil }
    return value
  }

  private mutating func list(_ element: (String) -> JSONValue, depth: Int) -> JSONValue? {
    guard depth < Self.maximumDepth, rest.popFirst() == UInt8(ascii: "{") else { return nil }
    var values: [JSONValue] = []
    if rest.first == UInt8(ascii: "}") {
      rest.removeFirst()
      return .array(values)
    }
    while true {
      if rest.first == UInt8(ascii: "{") {
        guard let inner = list(element, depth: depth + 1) else { return nil }
        values.append(inner)
      } else {
        guard let value = item(element) else { return nil }
        values.append(value)
      }
      switch rest.popFirst() {
      case UInt8(ascii: ","): continue
      case UInt8(ascii: "}"): return .array(values)
      default: return nil
      }
    }
  }

  private mutating func item(_ element: (String) -> JSONValue) -> JSONValue? {
    guard rest.first == UInt8(ascii: "\"") else {
      let word = rest.prefix { !",}".utf8.contains($0) }
      rest = rest[word.endIndex...]
      let text = String(decoding: word, as: UTF8.self)
      return text == "NULL" ? .null : element(text)
    }
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return element(String(decoding: bytes, as: UTF8.self))
      case UInt8(ascii: "\\"):
        guard let next = rest.popFirst() else { return nil }
        bytes.append(next)
      default: bytes.append(byte)
      }
    }
    return nil
  }
}
