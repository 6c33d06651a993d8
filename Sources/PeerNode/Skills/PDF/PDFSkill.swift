internal import PeerModel

/// The skill `pdf`: reads PDF documents with the programs of poppler.
package enum PDFSkill {
  /// The skill.
  package static var skill: CommandSkill {
    CommandSkill(name: "pdf", summary: "Read PDF documents.", tools: [extractText, info])
  }

  private static let package = "poppler-utils"
  private static let file = Schema.file("The PDF document.")
  private static let lastPossiblePage = 1_000_000

  private static let extractText = CommandTool(
    ToolDescription(
      name: "extract_text", summary: "Extract the text of a PDF document.",
      arguments: .object(
        [
          "file": file,
          "first_page": .integer("First page to read, from 1.", minimum: 1, maximum: lastPossiblePage),
          "last_page": .integer("Last page to read.", minimum: 1, maximum: lastPossiblePage),
          "layout": .boolean("Keep the page's layout, with blanks between columns.").withDefault(false),
        ], required: ["file"]), isReadOnly: true),
    program: Program(name: "pdftotext", package: package),
    arguments: [
      .option("-f", from: "first_page"), .option("-l", from: "last_page"), .flag("-layout", when: "layout"),
      .literal("-enc"), .literal("UTF-8"), .standardInput, .literal("-"),
    ],
    input: "file", output: .text(fileExtension: "txt"))

  private static let info = CommandTool(
    ToolDescription(
      name: "info", summary: "Tell a PDF document's title, author, number of pages, page size and more.",
      arguments: .object(["file": file], required: ["file"]), isReadOnly: true),
    program: Program(name: "pdfinfo", package: package),
    arguments: [.literal("-enc"), .literal("UTF-8"), .standardInput],
    input: "file", output: .parsed(limit: 256 << 10, parseInfo))

  /// Reads lines of `Key:   value`. Of two with one key the later counts: what the document says of itself comes first
  /// and could contain line ends, what poppler measured comes after it.
  @Sendable private static func parseInfo(_ text: String) -> JSONValue {
    var members: [String: JSONValue] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      members[String(line[..<colon])] = .string(String(value))
    }
    return .object(members)
  }
}
