/// Foreign text in a form that cannot move a cursor, recolour a terminal, reorder a line or pose as another line.
enum SafeText {
  /// For one line: every control, format and separator character becomes `\u{N}`.
  static func line(_ text: String) -> String { clean(text) { _ in false } }

  /// For many lines: line feeds and tabs stay.
  static func block(_ text: String) -> String { clean(text) { $0 == 0x0A || $0 == 0x09 } }

  /// Columns that a terminal gives the text.
  static func width(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + ($1.unicodeScalars.map(width).max() ?? 0) }
  }

  private static func clean(_ text: String, keeps: (UInt32) -> Bool) -> String {
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    var output = ""
    for scalar in text.unicodeScalars {
      if isSafe(scalar) || keeps(scalar.value) {
        output.unicodeScalars.append(scalar)
      } else {
        output += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return output
  }

  /// Joiners are format characters that some scripts cannot be written without.
  static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) }
    if scalar.value == 0x200C || scalar.value == 0x200D { return true }
    return switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default:
      let category = scalar.properties.generalCategory
      return category == .nonspacingMark || category == .enclosingMark || category == .format ? 0 : 1
    }
  }
}
