internal import LocalAPI
internal import PeerModel

/// `r skills show`: the tools of one skill with their arguments.
enum ShowSkillCommand: Command {
  static let syntax = Syntax(
    verb: "skills show", group: .skills, summary: "Show the tools of a skill and the arguments they take.",
    arguments: [
      Argument(name: "SKILL[.TOOL]", help: "The skill, or one tool of it.", completion: .skillsOrTools)
    ],
    options: [Option(name: "peer", value: "PEER", help: "Ask this peer instead of this node.", completion: .peers)],
    examples: ["r skills show pdf", "r skills show pdf.extract_text --peer office-mac"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let word = invocation.input.words[0]
    let parts = word.split(separator: ".", maxSplits: 1).map(String.init)
    let peer = invocation.input["peer"]
    let skills = try invocation.session.call(ListSkills.self, .init(peer: peer), seconds: Session.networkPatience)
      .value().skills
    let list = "r skills" + (peer.map { " \(ErrorReport.quoted($0))" } ?? "")
    guard var skill = skills.first(where: { $0.name == parts.first }) else {
      let near = CommandTable.suggestion(for: parts.first ?? word, among: skills.map(\.name))
      throw NodeError(.skillNotFound, "there is no skill \(parts.first ?? word)\(near)", hint: list)
    }
    if parts.count == 2 {
      let known = skill.tools.map(\.name)
      skill.tools.removeAll { $0.name != parts[1] }
      guard !skill.tools.isEmpty else {
        let near = CommandTable.suggestion(for: parts[1], among: known)
        throw NodeError(.skillNotFound, "\(skill.name) has no tool \(parts[1])\(near)", hint: list)
      }
    }
    switch invocation.output.format {
    case .json: invocation.output.json(skill.json)
    case .ids: for tool in skill.tools { invocation.output.line("\(skill.name).\(tool.name)") }
    case .text: show(skill, invocation.output)
    }
  }

  private static func show(_ skill: SkillDescription, _ output: Output) {
    output.line("\(skill.name): \(skill.summary)", .bold)
    if let reason = skill.unavailable { output.line("unavailable: \(reason)", .yellow) }
    for tool in skill.tools {
      output.line("")
      output.line("\(skill.name).\(tool.name)", .bold)
      output.line("  \(tool.summary)")
      if skill.unavailable == nil, let reason = tool.unavailable { output.line("  unavailable: \(reason)", .yellow) }
      let required = tool.arguments.required
      let fields = tool.arguments.properties.map { name, schema in
        ("  \(name)=", description(of: schema, isRequired: required.contains(name)))
      }
      output.fields(fields)
    }
  }

  private static func description(of schema: JSONValue, isRequired: Bool) -> String {
    let types = schema["type"]?.arrayValue?.compactMap(\.stringValue) ?? [schema["type"]?.stringValue ?? "any"]
    var kind = schema["format"] == "file" ? "@FILE" : types.joined(separator: " or ")
    if schema["items"]?["format"] == "file" { kind = "@FILE, may be repeated" }
    if let values = schema["enum"]?.arrayValue {
      kind = values.map { $0.stringValue ?? $0.text }.joined(separator: "|")
    }
    if let standard = schema["default"] { kind += ", default \(standard.stringValue ?? standard.text)" }
    if isRequired { kind += ", required" }
    return "\(schema["description"]?.stringValue ?? "") (\(kind))"
  }
}
