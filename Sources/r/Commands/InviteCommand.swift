internal import LocalAPI
internal import PeerModel

/// `r invite`: makes a code for another machine.
enum InviteCommand: Command {
  static let syntax = Syntax(
    verb: "invite", group: .peers, summary: "Make a one-time code with which another node pairs with this one.",
    details: """
      Type r join and the code on the other machine: both nodes then approve each other without further questions.
      Whoever has the code can use it, once, until it expires.
      """,
    options: [
      Option.trust, Option(name: "expires", value: "TIME", help: "As 90s, 10m, 2h, 1d; 10m unless given, at most 7d."),
    ],
    examples: ["r invite", "r invite --trust trusted --expires 1h", "r invite list", "r invite revoke --all"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let trust = try invocation.input["trust"].map { (text) throws(NodeError) in try Input.trustLevel(text) }
    let lifetime = try invocation.input["expires"].map { (text) throws(NodeError) in try seconds(text) }
    let usual = CreateInvitation.Parameters.defaultLifetime
    let answer = try invocation.session.call(CreateInvitation.self, .init(trust: trust, lifetime: lifetime ?? usual))
    let made = try answer.value()
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: output.line(made.code)
    case .text:
      output.line(made.code)
      let invitation = made.invitation
      output.note(
        "good once, expires \(TimeText.relative(invitation.expiresAt)), for trust level \(invitation.trust.name)")
      output.note("on the other machine, run: r join \(made.code)")
    }
  }

  private static func seconds(_ text: String) throws(NodeError) -> Int {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
    let longest = CreateInvitation.Parameters.longestLifetime
    guard let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()), number > 0,
      number <= longest / unit
    else { throw NodeError(.usage, "--expires: \(text) is not a time as 90s, 10m, 2h, 1d, of at most 7d") }
    return number * unit
  }
}
