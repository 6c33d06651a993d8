internal import PeerModel

/// `r completion`: the shell's part of the completion.
enum CompletionCommand: Command {
  static let syntax = Syntax(
    verb: "completion", group: .client, summary: "Print the completion script of a shell.",
    arguments: [
      Argument(name: "SHELL", help: "bash, zsh or fish.", completion: .words(CompletionScripts.all.map(\.shell)))
    ],
    examples: [
      "r completion bash > ~/.local/share/bash-completion/completions/r",
      "r completion fish > ~/.config/fish/completions/r.fish", "source <(r completion zsh)",
    ])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let shell = invocation.input.words[0]
    guard let script = CompletionScripts.all.first(where: { $0.shell == shell }) else {
      throw NodeError(.usage, "\(shell): completion is there for bash, zsh and fish", hint: "r help completion")
    }
    invocation.output.block(script.text)
  }
}
