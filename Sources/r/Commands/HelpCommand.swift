internal import PeerModel

/// `r help`: how the program is used.
enum HelpCommand: Command {
  static let syntax = Syntax(
    verb: "help", group: .client, summary: "Show how r, or one of its commands, is used.",
    arguments: [
      Argument(name: "COMMAND", help: "The command.", isOptional: true, isRepeated: true, completion: .commands)
    ],
    examples: ["r help", "r help call", "r help peers add"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let words = invocation.input.words
    guard !words.isEmpty else { return invocation.output.block(Help.overview()) }
    invocation.output.block(Help.text(for: try CommandTable.find(words).command.syntax))
  }
}
