internal import LocalAPI
internal import PeerModel

/// `r find`: which peers offer a skill.
enum FindCommand: Command {
  static let syntax = Syntax(
    verb: "find", group: .skills, summary: "Find the peers that offer a skill.",
    details: """
      The best first, as r call --any takes them: by whether they answer, how busy they
      are and how far away. Told from what the peers last said; no network is needed.
      """,
    arguments: [Argument(name: "SKILL[.TOOL]", help: "What is needed.", completion: .skillsOrTools)],
    examples: ["r find sql", "r find pdf.extract_text --quiet"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let skill = invocation.input.words[0]
    let answer = try invocation.session.call(
      FindSkill.self, .init(skill: skill))
    let offers = try answer.value().offers
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for offer in offers { output.line(offer.id.description) }
    case .text where offers.isEmpty: output.note("no approved peer offers \(skill)")
    case .text:
      var table = Table(["NAME", "ID", "ONLINE", "LOAD", "LATENCY", "TOLD", "TOOLS"])
      for offer in offers {
        table.add([
          .init(offer.name), .init(offer.id.short), offer.online ? .init("yes", .green) : .init("no", .dim),
          .init(offer.load.map { "\($0.running + $0.waiting)/\($0.places)" } ?? "-"),
          .init(offer.latencyMilliseconds.map { "\(($0 * 10).rounded() / 10) ms" } ?? "-"),
          .init(TimeText.relative(offer.fetchedAt)), .init(offer.tools.joined(separator: ", ")),
        ])
      }
      output.table(table)
    }
  }
}
