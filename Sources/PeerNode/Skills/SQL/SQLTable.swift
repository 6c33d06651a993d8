internal import PeerModel

/// Rows as a table of aligned columns for people, which is Markdown too.
struct SQLTable {
  private let result: SQLResult

  /// Characters of a cell.
  static let widestCell = 200

  init(_ result: SQLResult) { self.result = result }

  /// The table, with a last line that says so when there are more rows.
  var text: String {
    guard !result.columns.isEmpty else { return result.changed.map { "\($0) rows changed\n" } ?? "no columns\n" }
    let cells = ([result.columns.map(\.name)] + result.rows.map { $0.map(\.cell) }).map { $0.map(Self.plain) }
    let widths = result.columns.indices.map { column in
      max(3, cells.reduce(0) { max($0, Self.width(of: $1[column])) })
    }
    var lines = cells.map { row in
      "| "
        + zip(row, widths).map { $0 + String(repeating: " ", count: $1 - Self.width(of: $0)) }.joined(separator: " | ")
        + " |"
    }
    lines.insert("|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|", at: 1)
    if result.isCut { lines.append("(the first \(result.rows.count) rows; there are more)") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One line that cannot be mistaken for the border of a cell.
  private static func plain(_ text: String) -> String {
    var plain = ""
    for scalar in text.unicodeScalars.prefix(widestCell + 1) {
      switch scalar {
      case "\n": plain += "\\n"
      case "\r": plain += "\\r"
      case "\t": plain += "\\t"
      case "\\": plain += "\\\\"
      case "|": plain += "\\|"
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
          plain += "\\u{\(String(scalar.value, radix: 16))}"
        default: plain.unicodeScalars.append(scalar)
        }
      }
    }
    return plain.count > widestCell ? plain.prefix(widestCell) + "…" : plain
  }

  /// Columns of a terminal: none for what combines with the character before, two for the wide ones of East Asia.
  private static func width(of text: String) -> Int {
    text.reduce(0) { $0 + ($1.unicodeScalars.first.map(isWide) == true ? 2 : 1) }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}
