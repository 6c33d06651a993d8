internal import LocalAPI
internal import PeerModel

/// `r join`: pairs with the node that has made a code.
enum JoinCommand: Command {
  static let syntax = Syntax(
    verb: "join", group: .peers, summary: "Pair with the node on which r invite has made a code.",
    details: """
      Both nodes approve each other. Without HOST the node is found on the local network, by the beginning of its id in
      the code. --trust is what the other node may do here.
      """,
    arguments: [
      Argument(name: "CODE", help: "What r invite has printed; dashes may be left out."),
      Argument(name: "HOST[:PORT]", help: "Where the other node is; the port is 8765 unless given.", isOptional: true),
    ],
    options: [Option.trust],
    examples: [
      "r join abcd-efgh-ijkl-mnop-qrst-uvwx-yz23",
      "r join abcd-efgh-ijkl-mnop-qrst-uvwx-yz23 192.168.1.101 --trust basic",
    ])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let trust = try invocation.input["trust"].map { (text) throws(NodeError) in try Input.trustLevel(text) }
    var parameters = JoinPeer.Parameters(code: invocation.input.words[0], trust: trust)
    if let word = invocation.input.word(1) {
      let (host, port) = try AddPeerCommand.address(word)
      (parameters.host, parameters.port) = (host, port)
    }
    let answer = try invocation.session.call(JoinPeer.self, parameters, seconds: Session.networkPatience)
    try invocation.report(answer) { "paired with \(PeerText.label($0)), approved here at trust level \($0.trust.name)" }
  }
}
