internal import LocalAPI
internal import PeerModel

/// `r invite list`: the invitations that are open.
enum ListInvitationsCommand: Command {
  static let syntax = Syntax(
    verb: "invite list", group: .peers, summary: "List the open invitations.",
    details: "The codes themselves are shown only once, by r invite.", examples: ["r invite list"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(ListInvitations.self, .init())
    let invitations = try answer.value().invitations
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for invitation in invitations { output.line(invitation.id) }
    case .text where invitations.isEmpty: output.note("no invitation is open")
    case .text:
      var table = Table(["ID", "TRUST", "MADE", "EXPIRES"])
      for invitation in invitations {
        table.add([
          .init(invitation.id), .init(invitation.trust.name), .init(TimeText.relative(invitation.createdAt)),
          .init(TimeText.relative(invitation.expiresAt)),
        ])
      }
      output.table(table)
    }
  }
}
