internal import LocalAPI
internal import PeerModel

/// `r sync`: exchanges context with a peer.
enum SyncCommand: Command {
  static let syntax = Syntax(
    verb: "sync", group: .context, summary: "Exchange conversation context and memory with a peer.",
    details: """
      Each side gets the entries that it does not have, also those that have come from
      others; removals go along. The peer takes and gives at level trusted, and only
      the scopes of its p2p.sync_scopes.
      """,
    arguments: [Argument(name: "PEER", help: "Id, prefix of an id, or name.", completion: .peers)],
    options: [
      Option(
        name: "direction", value: "WAY", help: "push, pull or both; both when left out.",
        completion: .words(SyncDirection.allCases.map(\.rawValue))),
      Option(
        name: "scope", value: "SCOPE", help: "session, memory or all; all when left out.",
        completion: .words(ContextSelection.allCases.map(\.rawValue))),
    ],
    examples: ["r sync office-mac", "r sync research-mac --direction pull --scope memory"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let input = invocation.input
    let direction: SyncDirection = try input.choice("direction") ?? .both
    let scope: ContextSelection = try input.choice("scope") ?? .all
    let answer = try invocation.session.call(
      SyncContext.self, .init(peer: input.words[0], direction: direction, scope: scope), seconds: nil)
    let result = try answer.value()
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: output.line(result.id.description)
    case .text:
      output.line("\(result.name): \(count(result.sent)) sent, \(count(result.received)) received")
      let missing = scope.scopes.subtracting(result.scopes).map(\.rawValue).sorted()
      if !missing.isEmpty { output.note("\(result.name) syncs nothing of scope \(missing.joined(separator: ", "))") }
    }
  }

  private static func count(_ number: Int) -> String { number == 1 ? "1 entry" : "\(number) entries" }
}
