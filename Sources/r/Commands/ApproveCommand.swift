internal import LocalAPI
internal import PeerModel

/// `r approve`: lets a peer in.
enum ApproveCommand: Command {
  static let syntax = Syntax(
    verb: "approve", group: .peers, summary: "Approve a peer at a trust level.",
    details: "On a terminal it first shows the verification code, to compare with the one on the other node.",
    arguments: [
      Argument(name: "PEER", help: "A peer's name, id, or the beginning of its id.", completion: .pendingPeers)
    ],
    options: [
      Option.trust, Option(name: "yes", short: "y", help: "Do not ask."),
    ],
    examples: ["r approve office-mac", "r approve peer-abcd --trust trusted --yes"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let trust = try invocation.input["trust"].map { (text) throws(NodeError) in try Input.trustLevel(text) }
    var peer = invocation.input.words[0]
    if !invocation.input.has("yes"), Question.canBeAsked(invocation.output) {
      peer = try confirm(peer, trust, invocation)
    }
    let answer = try invocation.session.call(ApprovePeer.self, PeerTrustParameters(peer: peer, trust: trust))
    try invocation.report(answer) { "approved \(PeerText.label($0)) at trust level \($0.trust.name)" }
  }

  /// Shows the peer and asks.
  /// - Returns: the id of exactly the peer that was shown, whoever claims its name meanwhile.
  private static func confirm(
    _ word: String, _ trust: TrustLevel?, _ invocation: Invocation
  ) throws(NodeError) -> String {
    let peer = try invocation.session.call(ShowPeer.self, PeerParameters(peer: word)).value()
    let output = invocation.output
    output.note("name     \(peer.name)")
    output.note("id       \(peer.id)")
    output.note("address  \(PeerText.address(peer))")
    output.note("code     \(peer.verificationCode ?? "not known yet: the peer has not asked")", .bold)
    output.note("The other node must show the same code: r peers show, or r pending, there.")
    output.ask("approve it at \(trust.map { "trust level \($0)" } ?? "the default trust level")? [y/N] ")
    guard try Question.isYes() else { throw NodeError(.conflict, "not approved") }
    return peer.id.description
  }
}
