internal import LocalAPI
internal import PeerModel

/// `r skills`: what this node, or a peer, can do.
enum SkillsCommand: Command {
  static let syntax = Syntax(
    verb: "skills", group: .skills, summary: "List the skills of this node, or those that a peer offers.",
    details: "A peer's list is what it last told, which is fetched anew when the peer says that it has changed.",
    arguments: [
      Argument(name: "PEER", help: "The peer to ask; this node unless given.", isOptional: true, completion: .peers)
    ],
    options: [Option(name: "refresh", help: "Ask the peer now.")],
    examples: ["r skills", "r skills office-mac", "r skills office-mac --refresh"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(
      ListSkills.self, .init(peer: invocation.input.word(0), refresh: invocation.input.has("refresh")),
      seconds: Session.networkPatience)
    let result = try answer.value()
    let skills = result.skills
    let output = invocation.output
    if output.format != .json { for warning in result.warnings { output.note("warning: \(warning)", .yellow) } }
    if output.format == .text, let moment = result.fetchedAt { output.note("told \(TimeText.relative(moment))", .dim) }
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for skill in skills { for tool in skill.tools { output.line("\(skill.name).\(tool.name)") } }
    case .text where skills.isEmpty: output.note("no skills")
    case .text: output.table(table(skills))
    }
  }

  private static func table(_ skills: [SkillDescription]) -> Table {
    var table = Table(["TOOL", "DESCRIPTION"])
    for skill in skills {
      if let reason = skill.unavailable {
        table.add([.init(skill.name, .dim), .init("unavailable: \(reason)", .yellow)])
        continue
      }
      for tool in skill.tools {
        let name = "\(skill.name).\(tool.name)"
        if let reason = tool.unavailable {
          table.add([.init(name, .dim), .init("unavailable: \(reason)", .yellow)])
        } else {
          table.add([.init(name), .init(tool.summary)])
        }
      }
    }
    return table
  }
}
