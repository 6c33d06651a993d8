internal import LocalAPI
internal import PeerModel

/// `r identity rotate`: a new key for this node.
enum RotateIdentityCommand: Command {
  static let syntax = Syntax(
    verb: "identity rotate", group: .node, summary: "Give this node a new key, to which its approved peers follow.",
    details: """
      The node starts anew with the new key at once, and tells its approved peers; those that are off follow when they
      meet it next. The old key is destroyed and refused from then on. Peers keep what their owners have decided.
      """, examples: ["r identity rotate"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(RotateIdentity.self, .init())
    let rotated = try answer.value()
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: output.line(rotated.id.description)
    case .text:
      output.line("this node is \(rotated.id) now, and was \(rotated.former)")
      let peers = rotated.peers == 1 ? "1 approved peer is" : "\(rotated.peers) approved peers are"
      output.note("\(peers) told; verification codes are other ones from now on")
    }
  }
}
