internal import LocalAPI
internal import PeerModel

/// `r remove`: forgets a peer.
enum RemoveCommand: Command {
  static let syntax = Syntax(
    verb: "remove", group: .peers, summary: "Forget a peer; its tokens stop working at once.",
    details: "It may ask for approval again; r block keeps it from asking.", arguments: [.peer],
    examples: ["r remove laptop"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(RemovePeer.self, PeerParameters(peer: invocation.input.words[0]))
    let removed = try answer.value().removed
    switch invocation.output.format {
    case .json: invocation.output.json(answer.json)
    case .ids: invocation.output.line(removed.description)
    case .text: invocation.output.line("removed \(invocation.input.words[0]) (\(removed.short))")
    }
  }
}
