internal import LocalAPI
internal import PeerModel

/// `r context`: what is remembered.
enum ContextCommand: Command {
  static let syntax = Syntax(
    verb: "context", group: .context, summary: "List conversation context and memory, newest last.",
    details: "With --json, whole entries; ids are unique among all nodes there and with --quiet.",
    options: [
      ContextOptions.scope, ContextOptions.session,
      Option(name: "from", value: "NODE", help: "Only what this node wrote; self is your own.", completion: .peers),
      Option(name: "limit", value: "N", help: "The newest N; 50 when left out."),
    ],
    examples: ["r context", "r context --scope memory --from office-mac", "r context --session trip --json"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let input = invocation.input
    let parameters = ListContext.Parameters(
      scope: try input.choice("scope"), session: input["session"], origin: input["from"],
      limit: try input.number("limit", in: 1...ListContext.maximumLimit) ?? 50)
    let answer = try invocation.session.call(ListContext.self, parameters)
    let entries = try answer.value().entries
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for entry in entries { output.line(entry.id.description) }
    case .text where entries.isEmpty: output.note("no such entries; r context add TEXT writes one")
    case .text: output.table(ContextText.table(entries))
    }
  }
}

enum ContextOptions {
  static let scope = Option(
    name: "scope", value: "SCOPE", help: "session or memory.",
    completion: .words(ContextScope.allCases.map(\.rawValue)))
  static let session = Option(name: "session", value: "NAME", help: "The conversation.")
}
