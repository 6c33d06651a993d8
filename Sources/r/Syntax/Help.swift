/// The help texts, made from the syntaxes.
enum Help {
  /// What `r help` prints.
  static func overview() -> String {
    var text = "Usage: r COMMAND [ARGUMENTS] [OPTIONS]\n\nThe client of rd, the daemon of peer-to-peer agents.\n"
    let syntaxes = CommandTable.syntaxes
    for group in CommandGroup.allCases {
      let entries = syntaxes.filter { $0.group == group }
      text += section(group.rawValue, entries.map { ($0.verb, $0.summary) })
    }
    text += section("Options of every command", Option.leading.map { (label($0), $0.help) })
    return text + "\nr help COMMAND tells more about one of them.\n"
  }

  /// What `r help COMMAND` prints.
  static func text(for syntax: Syntax) -> String {
    let words = syntax.arguments.map(\.usage) + syntax.options.map { "[\($0.usage)]" }
    let name = "Usage: r \(syntax.verb) "
    let usage = wrapped(name, words.joined(separator: " "), indent: SafeText.width(name))
    var text = usage + "\n\n" + syntax.summary + "\n"
    if !syntax.details.isEmpty { text += "\n" + syntax.details + "\n" }
    text += section("Arguments", syntax.arguments.map { ($0.name, $0.help) })
    text += section("Options", syntax.allOptions.map { (label($0), $0.help) })
    if !syntax.examples.isEmpty {
      text += "\nExamples:\n" + syntax.examples.map { "  \($0)\n" }.joined()
    }
    let children = CommandTable.syntaxes.filter { $0.verb.hasPrefix(syntax.verb + " ") }
    return text + section("See also", children.map { ("r " + $0.verb, $0.summary) })
  }

  private static func label(_ option: Option) -> String {
    (option.short.map { "-\($0), " } ?? "") + option.usage
  }

  private static func section(_ title: String, _ entries: [(String, String)]) -> String {
    guard !entries.isEmpty else { return "" }
    let width = entries.map { SafeText.width($0.0) }.max() ?? 0
    let lines = entries.map { wrapped("  \($0.0)", $0.1, indent: width + 4) + "\n" }
    return "\n\(title):\n" + lines.joined()
  }

  /// A label and words after it, broken at spaces to fit 80 columns; lines after the first are indented.
  private static func wrapped(_ label: String, _ words: String, indent: Int) -> String {
    var output = label + String(repeating: " ", count: max(0, indent - SafeText.width(label)))
    var column = indent
    for word in words.split(separator: " ") {
      let length = SafeText.width(String(word))
      if column > indent, column + 1 + length > 80 {
        output += "\n" + String(repeating: " ", count: indent)
        column = indent
      } else if column > indent {
        output += " "
        column += 1
      }
      output += word
      column += length
    }
    return output
  }
}
