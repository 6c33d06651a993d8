internal import PeerModel

/// Reads the words of a command line by the syntax of the command that they name.
enum CommandLineParser {
  /// - Throws: ``NodeError`` `usage`, with the help to read as its hint.
  static func parse(_ words: [String]) throws(NodeError) -> (command: any Command.Type, input: Input) {
    var input = Input()
    var rest = words[...]
    while let word = rest.first, word.hasPrefix("-"), word != "-" {
      if word == "--version" || word == "-V" { return (VersionCommand.self, Input(flags: ["client"])) }
      try takeOption(&rest, from: Option.leading, into: &input, verb: nil)
    }
    if input.has("help") { return (HelpCommand.self, Input(words: Array(rest))) }
    let (command, own) = try CommandTable.find(Array(rest))
    let syntax = command.syntax
    if asksForHelp(own) { return (HelpCommand.self, Input(words: syntax.verb.split(separator: " ").map(String.init))) }
    rest = own[...]
    guard !syntax.passesWordsOn else {
      input.words = own
      return (command, input)
    }
    while let word = rest.first {
      if word == "--" {
        input.words += rest.dropFirst()
        break
      }
      if word.hasPrefix("-"), word != "-" {
        try takeOption(&rest, from: syntax.allOptions, into: &input, verb: syntax.verb)
      } else {
        input.words.append(rest.removeFirst())
      }
    }
    try checkCount(input.words, syntax)
    return (command, input)
  }

  private static func asksForHelp(_ words: [String]) -> Bool {
    words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
  }

  /// Takes one option, and its value, off the front of `rest`.
  private static func takeOption(
    _ rest: inout ArraySlice<String>, from options: [Option], into input: inout Input, verb: String?
  ) throws(NodeError) {
    let word = rest.removeFirst()
    let hint = verb.map { "r help \($0)" } ?? "r help"
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let option = options.first(where: { $0.isNamed(parts[0]) }) else {
      let near = CommandTable.suggestion(for: parts[0], among: options.map(\.word))
      throw NodeError(.usage, "unknown option \(parts[0])\(near)", hint: hint)
    }
    guard let value = option.value else {
      guard parts.count == 1 else { throw NodeError(.usage, "\(option.word) takes no value", hint: hint) }
      input.flags.insert(option.name)
      return
    }
    if parts.count == 2 {
      input.values[option.name] = parts[1]
    } else if let next = rest.popFirst() {
      input.values[option.name] = next
    } else {
      throw NodeError(.usage, "\(option.word) needs a value: \(value)", hint: hint)
    }
  }

  private static func checkCount(_ words: [String], _ syntax: Syntax) throws(NodeError) {
    let needed = syntax.arguments.filter { !$0.isOptional }
    if words.count < needed.count {
      throw NodeError(.usage, "\(syntax.verb): \(needed[words.count].name) is missing", hint: "r help \(syntax.verb)")
    }
    let takesMore = syntax.arguments.last?.isRepeated ?? false
    if words.count > syntax.arguments.count, !takesMore {
      let word = words[syntax.arguments.count]
      throw NodeError(.usage, "\(syntax.verb): unexpected argument \(word)", hint: "r help \(syntax.verb)")
    }
  }
}
