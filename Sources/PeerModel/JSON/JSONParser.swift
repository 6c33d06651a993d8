/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, in words that end a sentence beginning with the offset.
  package var reason: String
  /// Byte offset into the text.
  package var offset: Int

  package var description: String { "\(reason) at byte \(offset)" }
}

/// A strict parser for hostile JSON (RFC 8259): bounded depth, unique keys, valid UTF-8, no extensions.
package struct JSONParser {
  /// Deepest nesting that is read; a deeper text is refused before the stack is at risk.
  package static let maximumDepth = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Parses one complete JSON text.
  /// - Throws: ``JSONSyntaxError`` when the bytes are not one JSON text.
  package static func parse(_ bytes: some Sequence<UInt8>) throws(JSONSyntaxError) -> JSONValue {
    let outcome: Result<JSONValue, JSONSyntaxError>? = bytes.withContiguousStorageIfAvailable { parseResult($0) }
    if let outcome { return try outcome.get() }
    return try Array(bytes).withUnsafeBufferPointer { parseResult($0) }.get()
  }

  /// Parses one complete JSON text given as a string.
  package static func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
    try parse(text.utf8)
  }

  private static func parseResult(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, JSONSyntaxError> {
    Result { () throws(JSONSyntaxError) in
      var parser = JSONParser(bytes)
      let value = try parser.value(depth: 0)
      parser.skipWhitespace()
      guard parser.position == bytes.count else { throw parser.fault("unexpected text after the value") }
      return value
    }
  }

  private func fault(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(reason: reason, offset: position) }

  private mutating func skipWhitespace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private func peek() throws(JSONSyntaxError) -> UInt8 {
    guard position < bytes.count else { throw fault("unexpected end") }
    return bytes[position]
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    guard depth <= Self.maximumDepth else { throw fault("nested deeper than \(Self.maximumDepth)") }
    skipWhitespace()
    switch try peek() {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw fault("unexpected character")
    }
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
    let matches = word.withUTF8Buffer { expected in
      position + expected.count <= bytes.count
        && (0..<expected.count).allSatisfy { bytes[position + $0] == expected[$0] }
    }
    guard matches else { throw fault("unexpected word") }
    position += word.utf8CodeUnitCount
    return value
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipWhitespace()
    if try peek() == UInt8(ascii: "]") {
      position += 1
      return .array([])
    }
    while true {
      elements.append(try value(depth: depth + 1))
      if try !anotherFollows(closing: UInt8(ascii: "]")) { return .array(elements) }
    }
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
    position += 1
    var members: [String: JSONValue] = [:]
    skipWhitespace()
    if try peek() == UInt8(ascii: "}") {
      position += 1
      return .object([:])
    }
    while true {
      skipWhitespace()
      guard try peek() == UInt8(ascii: "\"") else { throw fault("expected a key") }
      let key = try string()
      skipWhitespace()
      guard try peek() == UInt8(ascii: ":") else { throw fault("expected a colon") }
      position += 1
      let member = try value(depth: depth + 1)
      guard members.updateValue(member, forKey: key) == nil else { throw fault("duplicate key") }
      if try !anotherFollows(closing: UInt8(ascii: "}")) { return .object(members) }
    }
  }

  private mutating func anotherFollows(closing: UInt8) throws(JSONSyntaxError) -> Bool {
    skipWhitespace()
    let byte = try peek()
    guard byte == closing || byte == UInt8(ascii: ",") else { throw fault("expected a comma") }
    position += 1
    return byte != closing
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\") {
      guard bytes[position] >= 0x20 else { throw fault("control character in a string") }
      position += 1
    }
    guard position < bytes.count else { throw fault("unexpected end") }
    if bytes[position] == UInt8(ascii: "\"") {
      defer { position += 1 }
      return try utf8(bytes[start..<position])
    }
    return try escapedString(from: start)
  }

  private func utf8(_ slice: some Collection<UInt8>) throws(JSONSyntaxError) -> String {
    guard let text = String(validating: slice, as: UTF8.self) else { throw fault("invalid UTF-8 in a string") }
    return text
  }

  private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
    var text = Array(bytes[start..<position])
    while true {
      let byte = try peek()
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try utf8(text)
      case UInt8(ascii: "\\"): try appendEscape(to: &text)
      case 0..<0x20: throw fault("control character in a string")
      default: text.append(byte)
      }
    }
  }

  private mutating func appendEscape(to text: inout [UInt8]) throws(JSONSyntaxError) {
    let byte = try peek()
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let scalar = try unicodeEscape()
      text.append(contentsOf: String(Character(scalar)).utf8)
    default: throw fault("unknown escape")
    }
  }

  private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
    let first = try hexQuad()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { throw fault("lone surrogate") }
    position += 2
    let second = try hexQuad()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw fault("lone surrogate") }
    return scalar
  }

  private mutating func hexQuad() throws(JSONSyntaxError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try peek())).hexDigitValue else { throw fault("bad \\u escape") }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    if try peek() == UInt8(ascii: "0") { position += 1 } else { try digits() }
    var isInteger = true
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits()
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(try peek()) { position += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw fault("number out of range") }
    return .number(value)
  }

  private mutating func digits() throws(JSONSyntaxError) {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    guard position > start else { throw fault("expected a digit") }
  }
}
