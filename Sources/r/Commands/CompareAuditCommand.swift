internal import LocalAPI
internal import PeerModel

/// `r audit compare`: whether a peer has recorded the same calls.
enum CompareAuditCommand: Command {
  static let syntax = Syntax(
    verb: "audit compare", group: .node, summary: "Compare what this node and a peer have recorded of their calls.",
    details: """
      Calls that run, that one side does not keep any more, or that failed on their way are counted and not compared.
      Ends with 0 when both agree about all others, with 1 when they do not.
      """,
    arguments: [.peer], options: [.since], examples: ["r audit compare office-mac --since 7d"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let peer = invocation.input.words[0]
    let answer = try invocation.session.call(
      CompareAudit.self, .init(peer: peer, since: try invocation.input.moment("since")), seconds: nil)
    let result = try answer.value()
    let all = result.onlyHere + result.onlyThere + result.different
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for call in all { output.line(call.request) }
    case .text:
      output.fields([
        ("the same", String(result.equal)), ("only here", String(result.onlyHere.count)),
        ("only there", String(result.onlyThere.count)), ("different", String(result.different.count)),
        (
          "not compared",
          "\(result.inFlight) running, \(result.pruned) not kept, \(result.notArrived) failed on their way"
        ),
      ])
      if !all.isEmpty { output.table(table(all)) }
    }
    guard result.agrees else {
      throw NodeError(.auditBroken, "\(peer) and this node do not agree about \(all.count) calls")
    }
  }

  private static func table(_ calls: [CompareAudit.Call]) -> Table {
    var table = Table(["REQUEST", "TIME", "CALLER", "SUBJECT", "HERE", "THERE"])
    for call in calls {
      table.add([
        .init(call.request), .init(TimeText.moment(call.time)), .init(call.isOutgoing ? "this node" : "the peer"),
        .init(call.subject ?? "-"), .init(call.here ?? "-"), .init(call.there ?? "-"),
      ])
    }
    return table
  }
}
