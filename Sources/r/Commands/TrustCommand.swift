internal import LocalAPI
internal import PeerModel

/// `r trust`: changes what an approved peer may do here.
enum TrustCommand: Command {
  static let syntax = Syntax(
    verb: "trust", group: .peers, summary: "Change what an approved peer may do here.",
    details: """
      basic (50)     run tasks
      trusted (75)   also use skills, sync context, share documents, search
      full (100)     also administer this node
      """,
    arguments: [
      .peer, Argument(name: "LEVEL", help: "basic, trusted or full (50, 75, 100).", completion: .trustLevels),
    ],
    examples: ["r trust office-mac trusted"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let level = try Input.trustLevel(invocation.input.words[1])
    let parameters = PeerTrustParameters(peer: invocation.input.words[0], trust: level)
    let answer = try invocation.session.call(TrustPeer.self, parameters)
    try invocation.report(answer) { "\(PeerText.label($0)) now has trust level \($0.trust.name)" }
  }
}
