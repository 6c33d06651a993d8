internal import LocalAPI
internal import PeerModel

/// `r docs remove`: forgets a document.
enum RemoveDocumentCommand: Command {
  static let syntax = Syntax(
    verb: "docs remove", group: .context, summary: "Remove a document from this node.",
    details: "Peers that were given it keep theirs.",
    arguments: [Argument(name: "DOC", help: "Id, prefix of an id, or name.", completion: .documents)],
    examples: ["r docs remove report.pdf"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(RemoveDocument.self, .init(id: invocation.input.words[0]))
    let removed = try answer.value().removed
    switch invocation.output.format {
    case .json: invocation.output.json(answer.json)
    case .ids: invocation.output.line(removed)
    case .text: invocation.output.line("removed \(removed)")
    }
  }
}
