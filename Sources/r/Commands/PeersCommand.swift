internal import LocalAPI
internal import PeerModel

/// `r peers`: every peer that this node knows.
enum PeersCommand: Command {
  static let syntax = Syntax(
    verb: "peers", group: .peers, summary: "List the peers that this node knows.",
    options: [
      Option(
        name: "status", value: "STATUS", help: "Only those discovered, pending, approved, rejected or blocked.",
        completion: .words(PeerStatus.allCases.map(\.rawValue)))
    ],
    examples: ["r peers", "r peers --status approved --json"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(ListPeers.self, .init(status: status(invocation.input)))
    let peers = try answer.value().peers
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for peer in peers { output.line(peer.id.description) }
    case .text where peers.isEmpty:
      output.note("no peers")
      output.hint("r discover")
    case .text: output.table(PeerText.table(peers))
    }
  }

  private static func status(_ input: Input) throws(NodeError) -> PeerStatus? {
    guard let text = input["status"] else { return nil }
    guard let status = PeerStatus(rawValue: text) else {
      let known = PeerStatus.allCases.map(\.rawValue)
      let near = CommandTable.suggestion(for: text, among: known)
      throw NodeError(
        .usage, "\(text) is not a status\(near.isEmpty ? "; use \(known.joined(separator: ", "))" : near)")
    }
    return status
  }
}
