internal import LocalAPI
internal import PeerModel

/// `r skills check`: whether a manifest is right.
enum CheckSkillCommand: Command {
  static let syntax = Syntax(
    verb: "skills check", group: .skills, summary: "Check the manifest of a command skill.",
    details: """
      Prints FILE:LINE: what is wrong, one line a mistake, and ends with status 1 when
      there is one. The manifest is not used by this; put it into a folder of
      manifests for that, and reload rd.
      """,
    arguments: [Argument(name: "FILE", help: "The manifest; - is standard input.", completion: .files)],
    examples: ["r skills check /etc/r-cli/skills.d/ocr.yaml"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let path = invocation.input.words[0]
    let file = try LocalFile(path)
    let reference = FileReference(name: "manifest.yaml", content: .stream(0), size: file.upload.size)
    let answer = try invocation.session.call(CheckSkill.self, .init(file: reference), uploads: [file.upload])
    try show(try answer.value(), answer.json, path == "-" ? "(standard input)" : path, invocation.output)
  }

  private static func show(
    _ result: CheckSkill.Result, _ json: JSONValue, _ file: String, _ output: Output
  ) throws(NodeError) {
    switch output.format {
    case .json: output.json(json)
    case .ids:
      if let skill = result.skill { for tool in skill.tools { output.line("\(skill.name).\(tool.name)") } }
    case .text:
      for fault in result.faults {
        let place = fault.line.map { "\(file):\($0)" } ?? file
        output.line("\(place): \(fault.message)" + (fault.hint.map { " (\($0))" } ?? ""))
      }
      if let skill = result.skill { describe(skill, file, output) }
    }
    guard result.faults.isEmpty else {
      let count = result.faults.count == 1 ? "a mistake" : "\(result.faults.count) mistakes"
      throw NodeError(.localFile, "\(file) has \(count)")
    }
  }

  private static func describe(_ skill: SkillDescription, _ file: String, _ output: Output) {
    let names = skill.tools.map { "\(skill.name).\($0.name)" }.joined(separator: ", ")
    output.line("\(file): good: \(names)")
    let reasons = skill.tools.compactMap(\.unavailable)
    for (index, reason) in reasons.enumerated() where !reasons[..<index].contains(reason) {
      output.note("on this machine \(reason)", .yellow)
    }
  }
}
