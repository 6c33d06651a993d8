internal import LocalAPI
internal import PeerModel

/// `r block`: refuses a peer for good.
enum BlockCommand: Command {
  static let syntax = Syntax(
    verb: "block", group: .peers, summary: "Refuse a peer for good; it cannot even ask again.",
    details: "r remove forgets the peer, and with it the block.", arguments: [.peer], examples: ["r block laptop"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(BlockPeer.self, PeerParameters(peer: invocation.input.words[0]))
    try invocation.report(answer) { "blocked \(PeerText.label($0))" }
  }
}
