internal import LocalAPI
internal import PeerModel

/// `r reject`: refuses a peer.
enum RejectCommand: Command {
  static let syntax = Syntax(
    verb: "reject", group: .peers, summary: "Refuse a peer; its tokens stop working at once.", arguments: [.peer],
    examples: ["r reject laptop"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(RejectPeer.self, PeerParameters(peer: invocation.input.words[0]))
    try invocation.report(answer) { "rejected \(PeerText.label($0))" }
  }
}
