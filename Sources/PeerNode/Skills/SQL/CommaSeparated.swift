internal import PeerModel

/// Comma-separated values (RFC 4180).
enum CommaSeparated {
  /// The rows with a line of names above. Null is nothing at all, an empty text is `""`.
  static func text(of result: SQLResult) -> String {
    var text = result.columns.map { quoted($0.name) }.joined(separator: ",") + "\r\n"
    for row in result.rows {
      text += row.map { $0 == .null ? "" : quoted($0.cell) }.joined(separator: ",") + "\r\n"
    }
    return text
  }

  private static func quoted(_ text: String) -> String {
    guard text.isEmpty || text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// Reads records from the front of `bytes`, as psql prints them: each ends with a line feed.
  struct Reader {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next record; nil at the end, or when it is cut off.
    mutating func next() -> [String]? {
      guard position < bytes.count else { return nil }
      var fields: [String] = []
      var field: [UInt8] = []
      var isQuoted = false
      var index = position
      while index < bytes.count {
        let byte = bytes[index]
        index += 1
        if isQuoted {
          guard byte == UInt8(ascii: "\"") else {
            field.append(byte)
            continue
          }
          if index < bytes.count, bytes[index] == byte {
            field.append(byte)
            index += 1
          } else {
            isQuoted = false
          }
          continue
        }
        switch byte {
        case UInt8(ascii: "\""): isQuoted = true
        case UInt8(ascii: ","), UInt8(ascii: "\n"):
          fields.append(String(decoding: field, as: UTF8.self))
          field = []
          guard byte == UInt8(ascii: "\n") else { continue }
          position = index
          return fields
        default: field.append(byte)
        }
      }
      return nil
    }
  }
}
