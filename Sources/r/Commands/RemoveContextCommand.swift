internal import LocalAPI
internal import PeerModel

/// `r context remove`: takes an entry back.
enum RemoveContextCommand: Command {
  static let syntax = Syntax(
    verb: "context remove", group: .context, summary: "Remove an entry that this node wrote.",
    details: """
      Its text is gone from here at once, and from each node that has it with that
      node's next sync. Only the node that wrote an entry can remove it.
      """,
    arguments: [Argument(name: "ID", help: "As r context shows it.", completion: .contextEntries)],
    examples: ["r context remove m12"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(RemoveContext.self, .init(id: invocation.input.words[0]))
    let removed = try answer.value().removed
    switch invocation.output.format {
    case .json: invocation.output.json(answer.json)
    case .ids: invocation.output.line(removed.description)
    case .text: invocation.output.line("removed \(removed.short)")
    }
  }
}
