extension JSONValue {
  /// The value as JSON text on one line, keys sorted, so equal values give equal bytes.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The value as UTF-8 JSON on one line, keys sorted.
  package var bytes: [UInt8] {
    var output: [UInt8] = []
    write(to: &output, indent: nil)
    return output
  }

  /// The value as indented JSON for people, keys sorted.
  package var indentedText: String {
    var output: [UInt8] = []
    write(to: &output, indent: 0)
    return String(decoding: output, as: UTF8.self)
  }

  /// Appends the value as JSON; `indent` is the current depth, nil for one line.
  package func write(to output: inout [UInt8], indent: Int?) {
    switch self {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): output.append(contentsOf: String(value).utf8)
    case .number(let value): output.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
    case .string(let value): Self.write(value, to: &output)
    case .array(let elements):
      Self.write(elements, open: "[", close: "]", indent: indent, to: &output) { element, inner, output in
        element.write(to: &output, indent: inner)
      }
    case .object(let members):
      let sorted = members.sorted { $0.key < $1.key }
      Self.write(sorted, open: "{", close: "}", indent: indent, to: &output) { member, inner, output in
        Self.write(member.key, to: &output)
        output.append(contentsOf: (inner == nil ? ":" : ": ").utf8)
        member.value.write(to: &output, indent: inner)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], open: String, close: String, indent: Int?, to output: inout [UInt8],
    each: (Element, Int?, inout [UInt8]) -> Void
  ) {
    output.append(contentsOf: open.utf8)
    let inner = indent.map { $0 + 1 }
    for (index, element) in elements.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      if let inner { newline(inner, to: &output) }
      each(element, inner, &output)
    }
    if let indent, !elements.isEmpty { newline(indent, to: &output) }
    output.append(contentsOf: close.utf8)
  }

  private static func newline(_ indent: Int, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\n"))
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * 2))
  }

  private static func write(_ text: String, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
      case 0x0A: output.append(contentsOf: "\\n".utf8)
      case 0x0D: output.append(contentsOf: "\\r".utf8)
      case 0x09: output.append(contentsOf: "\\t".utf8)
      case 0..<0x20, 0x7F:
        let digits = Array("0123456789abcdef".utf8)
        output.append(contentsOf: "\\u00".utf8)
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
