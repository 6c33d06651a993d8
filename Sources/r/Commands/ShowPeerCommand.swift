internal import LocalAPI
internal import PeerModel

/// `r peers show`: one peer in detail.
enum ShowPeerCommand: Command {
  static let syntax = Syntax(
    verb: "peers show", group: .peers, summary: "Show everything about one peer.", arguments: [.peer],
    examples: ["r peers show office-mac"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(
      ShowPeer.self, PeerParameters(peer: invocation.input.words[0]), seconds: Session.networkPatience)
    let peer = try answer.value()
    switch invocation.output.format {
    case .json: invocation.output.json(answer.json)
    case .ids: invocation.output.line(peer.id.description)
    case .text: invocation.output.fields(PeerText.fields(peer))
    }
  }
}
