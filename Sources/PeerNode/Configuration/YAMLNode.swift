import PeerModel

/// A piece of a YAML document, with the line it stands on, for error messages.
struct YAMLNode: Sendable {
  enum Content: Sendable {
    /// Null, a boolean, a number or a text, by the core schema of YAML 1.2.
    case scalar(JSONValue)
    case list([YAMLNode])
    /// The keys are unique, in the order of the document.
    case mapping([(key: String, line: Int, value: YAMLNode)])
  }

  let content: Content
  /// Counted from 1.
  let line: Int

  /// Whether this is null: written out, or a key with nothing after it.
  var isNull: Bool {
    if case .scalar(.null) = content { true } else { false }
  }

  /// What this is, for the end of a sentence that says what was expected. Long texts are cut.
  var found: String {
    switch content {
    case .scalar(.null): "nothing"
    case .scalar(.string(let text)): "the text \(JSONValue.string(text.count > 40 ? text.prefix(40) + "…" : text).text)"
    case .scalar(.bool(let value)): "\(value)"
    case .scalar(let number): "the number \(number.text)"
    case .list: "a list"
    case .mapping: "a section"
    }
  }

  /// The value of a scalar that stands without quotes. Only `true` and `false` are booleans: `no` and `on` are texts, so
  /// that nothing changes its type behind its author's back.
  static func plainScalar(_ text: String) -> JSONValue {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    default: break
    }
    if let integer = integer(text) { return .integer(integer) }
    guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first),
      text.utf8.allSatisfy("+-.0123456789eE".utf8.contains), let number = Double(text)
    else { return .string(text) }
    return .number(number)
  }

  private static func integer(_ text: String) -> Int64? {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] where text.hasPrefix(prefix) {
      let digits = text.dropFirst(2)
      return digits.utf8.first.map { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") } == true
        ? Int64(digits, radix: radix) : nil
    }
    return Int64(text)
  }
}
