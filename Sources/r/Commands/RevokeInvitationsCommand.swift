internal import LocalAPI
internal import PeerModel

/// `r invite revoke`: makes a code useless.
enum RevokeInvitationsCommand: Command {
  static let syntax = Syntax(
    verb: "invite revoke", group: .peers, summary: "Revoke an open invitation, or all.",
    arguments: [Argument(name: "ID", help: "An id of r invite list.", isOptional: true)],
    options: [Option(name: "all", help: "Revoke all of them.")],
    examples: ["r invite revoke invite-abcdefgh", "r invite revoke --all"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let id = invocation.input.word(0)
    let isAll = invocation.input.has("all")
    guard (id == nil) == isAll else { throw NodeError(.usage, "name one invitation, or --all", hint: "r invite list") }
    let answer = try invocation.session.call(RevokeInvitations.self, .init(id: id, all: isAll))
    let revoked = try answer.value().revoked
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for id in revoked { output.line(id) }
    case .text where revoked.isEmpty: output.note("no invitation was open")
    case .text: for id in revoked { output.line("revoked \(id)") }
    }
  }
}
