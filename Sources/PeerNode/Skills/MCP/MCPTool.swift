package import PeerModel

/// A tool of a server, as callers of this node see it.
package struct MCPTool: Hashable, Sendable {
  /// What the server calls it.
  package var serverName: String
  /// As this node shows it, under a name that is valid here.
  package var description: ToolDescription

  /// Why a tool cannot be used.
  package struct Fault: Error, Hashable {
    package var message: String
  }

  /// Characters of a name; what `skills.call` takes.
  static let maximumName = 64

  /// Reads one element of `tools/list`.
  /// - Parameters:
  ///   - taken: names that are used already.
  ///   - trustsHints: whether the server's word that a tool only reads is taken for true.
  package init(
    _ json: JSONValue, taken: Set<String>, limits: MCPLimits, trustsHints: Bool
  ) throws(Fault) {
    guard let name = json["name"]?.stringValue, !name.isEmpty, name.utf8.count <= 256 else {
      throw Fault(message: "a tool without a proper name")
    }
    let shown = Self.free(Self.plain(name), taken)
    guard let schema = json["inputSchema"], schema["type"] == "object" else {
      throw Fault(message: "the tool \(shown) has no schema of an object")
    }
    guard schema.bytes.count <= limits.schemaBytes else {
      throw Fault(message: "the schema of the tool \(shown) has more than \(limits.schemaBytes) bytes")
    }
    let title = json["title"]?.stringValue ?? json["annotations"]?["title"]?.stringValue
    let words = json["description"]?.stringValue ?? title ?? ""
    serverName = name
    description = ToolDescription(
      name: shown, summary: MCPText.line(words, limit: limits.descriptionLength),
      arguments: Schema(shown: Self.withoutFiles(schema)),
      isReadOnly: trustsHints && json["annotations"]?["readOnlyHint"] == true)
  }

  /// The name in letters, digits, `-` and `_`: neither `r call` nor a log is to be confused by one.
  private static func plain(_ name: String) -> String {
    let bytes = name.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): byte
      default: UInt8(ascii: "_")
      }
    }
    return String(decoding: bytes.prefix(maximumName), as: UTF8.self)
  }

  /// The name, with a number after it where another tool has it.
  private static func free(_ name: String, _ taken: Set<String>) -> String {
    var candidate = name
    var count = 1
    while taken.contains(candidate) {
      count += 1
      candidate = "\(name.prefix(maximumName - 5))_\(count)"
    }
    return candidate
  }

  /// The schema without `format: file`, which is this node's own: the bytes of a file are nothing that a server of this
  /// protocol takes.
  private static func withoutFiles(_ schema: JSONValue) -> JSONValue {
    guard case .object(var members) = schema else { return schema }
    if members["format"] == "file" { members["format"] = nil }
    for key in ["properties", "patternProperties", "$defs", "definitions"] {
      if let inner = members[key]?.objectValue { members[key] = .object(inner.mapValues(withoutFiles)) }
    }
    for key in ["items", "additionalProperties", "not", "if", "then", "else"] {
      if let inner = members[key] { members[key] = withoutFiles(inner) }
    }
    for key in ["anyOf", "oneOf", "allOf", "prefixItems"] {
      if let inner = members[key]?.arrayValue { members[key] = .array(inner.map(withoutFiles)) }
    }
    return .object(members)
  }
}

/// Makes texts of a server fit for people and logs.
enum MCPText {
  /// The text as one line, without control characters, cut where it is long.
  static func line(_ text: String, limit: Int) -> String {
    // More than enough for what is kept, so that a long text costs nothing.
    let words = text.unicodeScalars.prefix(limit * 4).split { !$0.isVisible || $0.properties.isWhitespace }
    let joined = words.map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
    return joined.count > limit ? joined.prefix(max(0, limit - 1)) + "…" : joined
  }
}
