/// Text out of foreign bytes, for people and logs.
package enum DisplayText {
  /// UTF-8 as text; every byte that is not part of valid UTF-8 becomes `\xNN`, so different bytes stay different.
  static func decode(_ bytes: some Collection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var result = ""
    var rest = Array(bytes)[...]
    while let byte = rest.first {
      let length = byte < 0x80 ? 1 : byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
      if let text = String(validating: rest.prefix(length), as: UTF8.self) {
        result += text
        rest = rest.dropFirst(length)
      } else {
        result += "\\x" + hexadecimal(UInt32(byte), digits: 2)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  /// `text` in a form that cannot move a cursor, reorder a line or pose as another line: control, format, separator,
  /// surrogate and private-use characters become `\u{N}`. Use it wherever a foreign name reaches a terminal.
  package static func safe(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
        result += "\\u{" + hexadecimal(scalar.value, digits: 1) + "}"
      default:
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
