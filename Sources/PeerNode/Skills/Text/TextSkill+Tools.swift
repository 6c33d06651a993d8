internal import PeerModel

extension TextSkill {
  static let defaultLines: Int64 = 10
  static let defaultMatches: Int64 = 100
  /// Characters of a pattern. Looking for it costs its length times the text's at worst.
  private static let maximumPattern = 256

  private static let file = Schema.file("The text as a file, UTF-8.")
  private static let text = Schema.string("The text itself, instead of a file.")

  static let tools = [
    ToolDescription(
      name: "word_count", summary: "Count the lines, words, bytes and characters of a text.",
      arguments: .object(["file": file, "text": text]), isReadOnly: true),
    ToolDescription(
      name: "head", summary: "Show the first lines of a text.",
      arguments: .object([
        "file": file, "text": text,
        "lines": .integer("How many lines.", minimum: 1, maximum: 100_000).withDefault(.integer(defaultLines)),
      ]), isReadOnly: true),
    ToolDescription(
      name: "search", summary: "Find the lines of a text that contain a word or phrase, taken literally.",
      arguments: .object(
        [
          "file": file, "text": text, "pattern": .string("What to look for.", maximumLength: maximumPattern),
          "ignore_case": .boolean("Upper and lower case are the same.").withDefault(false),
          "max_matches": .integer("Stop after this many lines.", minimum: 1, maximum: 10_000)
            .withDefault(.integer(defaultMatches)),
        ], required: ["pattern"]), isReadOnly: true),
  ]
}
