internal import Glibc
internal import LocalAPI
internal import PeerModel

/// Shows what a tool returned.
enum ResultPrinter {
  /// A string as it is, a list of flat objects as a table, other values as JSON.
  static func show(_ value: JSONValue, _ output: Output) {
    switch value {
    case .null: return
    case .string(let text): stream(text)
    case .array(let elements):
      guard let table = table(elements) else { return stream(value.indentedText + "\n") }
      output.table(table)
    case .bool, .integer, .number, .object: stream(value.indentedText + "\n")
    }
  }

  /// The value as the content of a file.
  static func bytes(of value: JSONValue) -> [UInt8] {
    if case .string(let text) = value { Array(text.utf8) } else { Array((value.indentedText + "\n").utf8) }
  }

  private static func stream(_ text: String) {
    let sink = StreamOutput(descriptor: STDOUT_FILENO)
    var text = text
    text.withUTF8 { sink.write(UnsafeRawBufferPointer($0)) }
    sink.endText()
  }

  private static func table(_ elements: [JSONValue]) -> Table? {
    let rows = elements.compactMap(\.objectValue)
    let columns = Set(rows.flatMap(\.keys)).sorted()
    guard !columns.isEmpty, rows.count == elements.count, rows.allSatisfy({ $0.values.allSatisfy(isFlat) }) else {
      return nil
    }
    var table = Table(columns)
    for row in rows { table.add(columns.map { .init(cell(row[$0] ?? .null)) }) }
    return table
  }

  private static func isFlat(_ value: JSONValue) -> Bool {
    switch value {
    case .array, .object: false
    case .null, .bool, .integer, .number, .string: true
    }
  }

  private static func cell(_ value: JSONValue) -> String {
    value == .null ? "" : value.stringValue ?? value.text
  }
}
