/// The shells' parts of the completion, carried in the program so that it can print them anywhere.
enum CompletionScripts {
  static let all = [(shell: "bash", text: bash), (shell: "zsh", text: zsh), (shell: "fish", text: fish)]
}
