internal import LocalAPI
internal import PeerModel

/// `r skills accept`: takes what a peer has changed about its tools.
enum AcceptToolCommand: Command {
  static let syntax = Syntax(
    verb: "skills accept", group: .skills, summary: "Accept a change of a peer's tool, after a look at it.",
    details: """
      Shows each difference and asks; what is accepted is exactly what was shown.
      Without SKILL.TOOL, all tools of the peer that were used and have changed.
      Where nobody can be asked, --yes is needed.
      """,
    arguments: [
      .peer,
      Argument(
        name: "SKILL.TOOL", help: "The tool; all that have changed unless given.", isOptional: true,
        completion: .toolsOfPeer),
    ],
    options: [Option(name: "yes", short: "y", help: "Do not ask.")],
    examples: ["r skills accept office-mac pdf.extract_text", "r skills accept office-mac --yes --json"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let source = invocation.input.words[0]
    let tools: [ToolParameters]
    if let word = invocation.input.word(1) {
      tools = [try DiffToolCommand.parameters(source, word)]
    } else {
      let pins = try invocation.session.call(ListPins.self, .init(source: source)).value().pins
      tools = pins.filter { $0.state == .changed }.map { .init(source: source, skill: $0.skill, tool: $0.tool) }
      if tools.isEmpty, invocation.output.format != .json { invocation.output.note("nothing has changed") }
    }
    for tool in tools { try accept(tool, invocation) }
  }

  private static func accept(_ tool: ToolParameters, _ invocation: Invocation) throws(NodeError) {
    let output = invocation.output
    let name = "\(tool.skill).\(tool.tool)"
    let found = try invocation.session.call(CompareTool.self, tool, seconds: Session.networkPatience).value()
    output.note("\(found.name) \(name): \(DiffToolCommand.meaning(of: found))")
    for line in found.difference { output.remark(line, DiffToolCommand.style(of: line)) }
    guard let offered = found.offered else {
      throw NodeError(.skillNotFound, "\(found.name) does not offer \(name)", hint: "r skills pins")
    }
    if found.state != .same, !invocation.input.has("yes") {
      guard Question.canBeAsked(output) else {
        throw NodeError(
          .usage, "nobody can be asked here; look at the difference, then say --yes",
          hint: "r skills accept \(ErrorReport.quoted(tool.source)) \(ErrorReport.quoted(name)) --yes")
      }
      output.ask("accept it? [y/N] ")
      guard try Question.isYes() else { throw NodeError(.conflict, "not accepted") }
    }
    let answer = try invocation.session.call(AcceptTool.self, .init(tool: tool, digest: offered))
    switch output.format {
    case .json: output.jsonLine(answer.json)
    case .ids: output.line(name)
    case .text: output.line("accepted \(name) of \(found.name)")
    }
  }
}
