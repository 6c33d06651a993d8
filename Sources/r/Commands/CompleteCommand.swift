internal import PeerModel

/// `r __complete`: what the completion scripts ask.
enum CompleteCommand: Command {
  static let syntax = Syntax(
    verb: "__complete", group: .client, summary: "Print what can stand in the last place of a command line.",
    passesWordsOn: true, isHidden: true)

  static func run(_ invocation: Invocation) throws(NodeError) {
    var words = invocation.input.words
    if words.first == "--" { words.removeFirst() }
    for candidate in Completer(words: words).candidates() {
      let help = candidate.help.isEmpty ? "" : "\t" + SafeText.line(candidate.help)
      invocation.output.block(SafeText.line(candidate.word) + help + "\n")
    }
  }
}
