internal import LocalAPI
internal import PeerModel

/// `r can`: explains a verdict in both directions.
enum CanCommand: Command {
  static let syntax = Syntax(
    verb: "can", group: .peers, summary: "Explain whether a tool may be used, in both directions.",
    details: "Tells the rule that decides, and the command or config line that would change it.",
    arguments: [
      .peer,
      Argument(name: "SKILL.TOOL", help: "The tool, or a permission such as run_task.", completion: .tools),
    ],
    examples: ["r can office-mac pdf.extract_text", "r can office-mac use_skills"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let peer = invocation.input.words[0]
    let parameters = ExplainAccess.Parameters(peer: peer, action: invocation.input.words[1])
    let answer = try invocation.session.call(ExplainAccess.self, parameters, seconds: Session.networkPatience)
    let verdicts = try answer.value()
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids:
      output.line("here \(word(verdicts.here))")
      output.line("there \(word(verdicts.there))")
    case .text:
      show("\(peer) may use it here", verdicts.here, output)
      show("this node may use it on \(peer)", verdicts.there, output)
    }
  }

  private static func word(_ verdict: ExplainAccess.Verdict) -> String { verdict.allowed ? "yes" : "no" }

  private static func show(_ question: String, _ verdict: ExplainAccess.Verdict, _ output: Output) {
    output.line("\(question): \(word(verdict))", verdict.allowed ? .green : .red)
    output.line("  because \(verdict.rule)")
    if let change = verdict.change { output.line("  to change it: \(change)") }
  }
}
