internal import LocalAPI
internal import PeerModel

/// `r discover`: asks the local network who is there.
enum DiscoverCommand: Command {
  static let syntax = Syntax(
    verb: "discover", group: .peers, summary: "Scan the local network for nodes.",
    arguments: [
      Argument(
        name: "NAME", help: "Stop as soon as this node is found: a name or an id.", isOptional: true,
        completion: .peers)
    ],
    options: [
      Option(name: "timeout", value: "SECONDS", help: "How long to listen, 0 to 60; 5 unless given."),
      Option(name: "first", help: "Stop at the first answer."),
    ],
    examples: ["r discover", "r discover --timeout 10 office-mac"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let input = invocation.input
    let output = invocation.output
    let timeout = try input.seconds("timeout") ?? 5
    let parameters = DiscoverPeers.Parameters(timeout: timeout, first: input.has("first"), only: input.word(0))
    let showsProgress = output.format == .text && output.messages.isTerminal
    let answer = try invocation.session.call(
      DiscoverPeers.self, parameters, seconds: timeout + Session.patience
    ) { (value) throws(NodeError) in
      if showsProgress, let name = value["name"]?.stringValue { output.note("found \(name)") }
    }
    let peers = try answer.value().peers
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for peer in peers { output.line(peer.id.description) }
    case .text where !peers.isEmpty: output.table(PeerText.table(peers))
    case .text: break
    }
    if peers.isEmpty { try explainNothing(input.word(0), timeout, output) }
  }

  private static func explainNothing(_ name: String?, _ timeout: Double, _ output: Output) throws(NodeError) {
    if let name {
      throw NodeError(.peerNotFound, "\(name) did not answer on the local network", hint: "r peers add HOST")
    }
    guard output.format == .text else { return }
    output.note("no node answered on the local network")
    output.hint("r peers add HOST")
  }
}
