internal import LocalAPI
internal import PeerModel

/// `r docs`: the documents that are kept here.
enum DocumentsCommand: Command {
  static let syntax = Syntax(
    verb: "docs", group: .context, summary: "List the documents of this node, or those that a peer shares with it.",
    options: [DocumentOptions.from], examples: ["r docs", "r docs --from office-mac"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(
      ListDocuments.self, .init(peer: invocation.input["from"]), seconds: Session.networkPatience)
    let documents = try answer.value().documents
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for document in documents { output.line(document.id) }
    case .text where documents.isEmpty: output.note("no documents; r docs add FILE takes one in")
    case .text:
      var table = Table(["NAME", "ID", "SIZE", "FROM", "SHARED", "ADDED"])
      for document in documents {
        table.add([
          .init(document.name), .init(document.id), .init(TimeText.size(document.size)),
          .init(document.originName ?? "-"), .init(document.sharedWith.isEmpty ? "-" : "\(document.sharedWith.count)"),
          .init(TimeText.relative(document.addedAt)),
        ])
      }
      output.table(table)
    }
  }
}

enum DocumentOptions {
  static let from = Option(
    name: "from", value: "PEER", help: "Of those that this peer shares with this node.", completion: .peers)
}
