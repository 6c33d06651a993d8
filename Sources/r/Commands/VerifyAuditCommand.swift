internal import LocalAPI
internal import PeerModel

extension ErrorCode {
  /// The audit log is not what it was, or not what the peer's is; never leaves the client.
  static let auditBroken = ErrorCode(rawValue: "audit_broken")
}

/// `r audit verify`: proves that nothing on record was changed.
enum VerifyAuditCommand: Command {
  static let syntax = Syntax(
    verb: "audit verify", group: .node, summary: "Prove that nothing in the audit log was changed or removed.",
    details: """
      Keep the head that it prints elsewhere: --expect tells later whether everything up to it is still there, which
      also finds a log that was cut off at its end.
      """,
    options: [Option(name: "expect", value: "HEAD", help: "Whether this earlier head is still in the chain.")],
    examples: ["r audit verify", "r audit verify --expect $(cat head)"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(
      VerifyAudit.self, .init(expect: invocation.input["expect"]), seconds: nil)
    let proof = try answer.value()
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: output.line(proof.head)
    case .text:
      if proof.isGood { output.line("the chain holds", .green) }
      output.fields([
        ("entries", String(proof.entries)), ("first", proof.first.map(String.init) ?? "-"),
        ("last", proof.last.map(String.init) ?? "-"), ("head", proof.head),
      ])
    }
    if let number = proof.brokenAt {
      throw NodeError(.auditBroken, "the chain breaks at entry \(number): \(proof.reason ?? "")")
    }
    guard proof.isExpectedFound != false else {
      throw NodeError(
        .auditBroken, "the expected head is not in the chain: entries were cut off, or it is older than the oldest kept"
      )
    }
  }
}
