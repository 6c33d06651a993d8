internal import LocalAPI
internal import PeerModel

/// `r audit`: who did what.
enum AuditCommand: Command {
  static let syntax = Syntax(
    verb: "audit", group: .node, summary: "Show who asked for what, and what came of it.",
    details: """
      The newest come last. With --json, one object a line. Looks, such as lists and status, are shown with --all;
      equal ones are counted as one.
      """,
    options: [
      Option(name: "limit", value: "N", help: "The newest N; 50 when left out."),
      .since,
      Option(name: "peer", value: "PEER", help: "Only what this peer did or what was done to it.", completion: .peers),
      Option(name: "caller", value: "WHO", help: "Only of this caller: uid:1000, reader:1001, or a peer's id."),
      Option(name: "failed", help: "Only what was refused or failed."),
      Option(name: "all", help: "Looks too."),
      Option(name: "follow", short: "f", help: "Go on showing new entries until interrupted."),
    ],
    examples: ["r audit", "r audit --peer office-mac --since 7d --failed", "r audit --all --follow --json"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let input = invocation.input
    let parameters = ListAudit.Parameters(
      limit: try input.number("limit", in: 1...ListAudit.maximumLimit) ?? 50, since: try input.moment("since"),
      peer: input["peer"], caller: input["caller"],
      failed: input.has("failed"), all: input.has("all"), follow: input.has("follow"))
    let output = invocation.output
    if parameters.follow {
      _ = try invocation.session.call(ListAudit.self, parameters, seconds: nil) { (entry) throws(NodeError) in
        switch output.format {
        case .json: output.jsonLine(entry)
        case .ids: output.line(entry["number"]?.text ?? "")
        case .text: output.line(AuditText.line(try AuditLine(json: entry)))
        }
      }
      return
    }
    let answer = try invocation.session.call(ListAudit.self, parameters)
    switch output.format {
    case .json: for entry in answer.json["entries"]?.arrayValue ?? [] { output.jsonLine(entry) }
    case .ids: for entry in try answer.value().entries { output.line(String(entry.number)) }
    case .text:
      let entries = try answer.value().entries
      if entries.isEmpty { output.note("no such entries") } else { output.table(AuditText.table(entries)) }
    }
  }
}

/// How entries are shown to people.
enum AuditText {
  static func table(_ entries: [AuditLine]) -> Table {
    var table = Table(["NUMBER", "TIME", "WHO", "WHAT", "SUBJECT", "OUTCOME"])
    for entry in entries {
      let (subject, outcome) = (subject(entry), outcome(entry))
      table.add([
        .init(String(entry.number)), .init(TimeText.moment(entry.time)), .init(name(entry.caller)),
        .init(entry.operation), .init(subject.isEmpty ? "-" : subject),
        .init(outcome, entry.outcome == "ok" ? nil : .red),
      ])
    }
    return table
  }

  /// The same for a stream, whose columns are not known beforehand.
  static func line(_ entry: AuditLine) -> String {
    [
      String(entry.number), TimeText.moment(entry.time), name(entry.caller), entry.operation, subject(entry),
      outcome(entry),
    ].filter { !$0.isEmpty }.joined(separator: "  ")
  }

  private static func subject(_ entry: AuditLine) -> String {
    let subject = entry.subject.map(name) ?? ""
    return entry.target.map { "\(subject) on \($0.short)" } ?? subject
  }

  private static func outcome(_ entry: AuditLine) -> String {
    entry.count > 1 ? "\(entry.outcome) (\(entry.count) times)" : entry.outcome
  }

  private static func name(_ text: String) -> String { PeerID(text)?.short ?? text }
}
