internal import PeerModel

/// The rows that a statement gave, with their types.
struct SQLResult: Sendable, Equatable {
  /// A column; two may have one name.
  struct Column: Sendable, Equatable {
    var name: String
    /// The type as the database calls it; empty where it knows none.
    var type: String
  }

  var columns: [Column]
  /// Values in the order of the columns.
  var rows: [[JSONValue]]
  /// Whether there are more rows than were asked for.
  var isCut: Bool
  /// Rows that were added, changed or removed; nil for a statement that only reads.
  var changed: Int?

  /// How callers get it.
  enum Form: String, CaseIterable {
    case json
    case table
    case csv
  }
}

extension SQLResult: JSONConvertible {
  init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    let columns: [JSONValue] = try fields.required("columns")
    self.columns = []
    for column in columns {
      let fields = try JSONFields(column)
      self.columns.append(Column(name: try fields.required("name"), type: try fields.required("type")))
    }
    let rows: [JSONValue] = try fields.required("rows")
    self.rows = rows.map { $0.arrayValue ?? [] }
    isCut = try fields.required("truncated")
    changed = try fields.optional("changed")
  }

  var json: JSONValue {
    .compact([
      "columns": .array(columns.map { ["name": .string($0.name), "type": .string($0.type)] }),
      "rows": .array(rows.map { .array($0) }), "truncated": .bool(isCut), "changed": changed?.json,
    ])
  }

  /// The result as a caller wants it; comma-separated values (RFC 4180) are a file.
  /// - Throws: ``NodeError`` `storage_full`, `too_large`.
  func output(_ form: Form, _ arguments: SkillArguments) throws(NodeError) -> SkillOutput {
    switch form {
    case .json: return SkillOutput(value: json)
    case .table: return SkillOutput(value: .string(SQLTable(self).text))
    case .csv:
      let writer = try arguments.workspace.makeWriter(
        name: "query.csv", mediaType: CommandOutput.mediaType(of: "csv"), limit: arguments.limits.outputBytes)
      try writer.write(CommaSeparated.text(of: self).utf8)
      return SkillOutput(file: try writer.finish())
    }
  }
}

extension JSONValue {
  /// Bytes, which JSON has no type for: `{"base64": …}` (RFC 4648, section 4).
  static func bytes(_ bytes: some Collection<UInt8>) -> JSONValue { ["base64": .string(Base64Encoder.text(of: bytes))] }

  /// The value for a person, on one line.
  var cell: String {
    switch self {
    case .null: "NULL"
    case .string(let text): text
    case .object(let members) where members.count == 1 && members["base64"] != nil:
      "base64:" + (members["base64"]?.stringValue ?? "")
    default: text
    }
  }
}

/// Base64 as ``Base64Decoder`` reads it.
enum Base64Encoder {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func text(of bytes: some Collection<UInt8>) -> String {
    var characters: [UInt8] = []
    characters.reserveCapacity((bytes.count + 2) / 3 * 4)
    let bytes = Array(bytes)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var bits = UInt32(0)
      for index in 0..<3 { bits = bits << 8 | (index < count ? UInt32(bytes[start + index]) : 0) }
      for index in 0..<4 {
        let value = Int(bits >> UInt32(18 - 6 * index) & 63)
        characters.append(index <= count ? alphabet[value] : UInt8(ascii: "="))
      }
    }
    return String(decoding: characters, as: UTF8.self)
  }
}
