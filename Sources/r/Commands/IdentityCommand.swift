internal import LocalAPI
internal import PeerModel

/// `r identity`: the key that peers know this node by.
enum IdentityCommand: Command {
  static let syntax = Syntax(
    verb: "identity", group: .node, summary: "Show the identity that peers know this node by.",
    details: "Its id, since when it has it, and the ids that it had before.",
    examples: ["r identity", "r identity rotate"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(ShowIdentity.self, .init())
    let identity = try answer.value()
    switch invocation.output.format {
    case .json: invocation.output.json(answer.json)
    case .ids: invocation.output.line(identity.id.description)
    case .text:
      invocation.output.fields(
        [
          ("id", identity.id.description), ("fingerprint", identity.fingerprint),
          ("certificate SHA-256", identity.certificateHash), ("since", TimeText.relative(identity.since)),
        ]
          + identity.former.map { ("former id", "\($0.id), until \(TimeText.relative($0.until))") })
    }
  }
}

/// `r identity show`: the same by its full name.
enum ShowIdentityCommand: Command {
  static let syntax = Syntax(
    verb: "identity show", group: .node, summary: "The same as r identity.",
    examples: ["r identity show --json"])

  static func run(_ invocation: Invocation) throws(NodeError) { try IdentityCommand.run(invocation) }
}
