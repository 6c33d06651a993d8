/// Columns for people: aligned, two spaces apart, without lines.
struct Table {
  struct Cell: ExpressibleByStringLiteral {
    var text: String
    var style: Style?

    init(_ text: String, _ style: Style? = nil) {
      self.text = SafeText.line(text)
      self.style = style
    }
    init(stringLiteral value: String) { self.init(value) }
  }

  private let header: [Cell]
  private var rows: [[Cell]] = []

  init(_ header: [String]) { self.header = header.map { Cell($0, .bold) } }

  mutating func add(_ cells: [Cell]) { rows.append(cells) }

  func text(paint: (String, Style?) -> String) -> String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { SafeText.width($0[column].text) }.max() ?? 0 }
    var output = ""
    for row in all {
      for (column, cell) in row.enumerated() {
        let isLast = row[(column + 1)...].allSatisfy { $0.text.isEmpty }
        output += paint(cell.text, cell.style)
        if isLast { break }
        output += String(repeating: " ", count: widths[column] - SafeText.width(cell.text) + 2)
      }
      output += "\n"
    }
    return output
  }
}
