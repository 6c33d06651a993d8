internal import LocalAPI
internal import PeerModel

/// `r doctor`: finds out what does not work, and why.
enum DoctorCommand: Command {
  static let syntax = Syntax(
    verb: "doctor", group: .node, summary: "Find out what does not work, why, and what to do.",
    details: """
      Proves step by step that rd runs, that this machine can find others and be
      found, that peers can be reached, and who trusts whom. Without PEER: this
      machine, then every known peer briefly. Nothing is changed.
      Exit status 1 when a check failed; --quiet prints the ids of those only.
      """,
    arguments: [
      Argument(
        name: "PEER", help: "Everything about this one: a name, an id, or an address HOST[:PORT].", isOptional: true,
        completion: .peers)
    ],
    options: [
      Option(name: "timeout", value: "SECONDS", help: "Longest wait for one step, 0.1 to 30; 4 unless given.")
    ],
    examples: ["r doctor", "r doctor office-mac", "r doctor 192.168.1.101 --timeout 10", "r doctor --json"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let timeout = try invocation.input.seconds("timeout") ?? 4
    var printer = FindingPrinter(output: invocation.output)
    let facts = ClientFacts(path: invocation.session.path)
    for finding in ClientChecks.before(facts) { printer.add(finding) }
    let info: DaemonInfo.Result
    do {
      info = try invocation.session.call(DaemonInfo.self, .init()).value()
    } catch {
      for finding in ClientChecks.after(facts, error) { printer.add(finding) }
      printer.finish()
      throw error
    }
    for finding in ClientChecks.after(facts, nil) + [ClientChecks.version(info)] { printer.add(finding) }
    do {
      // Its own steps are bounded by the timeout; this is for a daemon that hangs.
      let answer = try invocation.session.call(
        DiagnoseNode.self, .init(peer: invocation.input.word(0), timeout: timeout),
        seconds: Session.networkPatience + timeout * 20
      ) { (value) throws(NodeError) in
        if let json = value["check"] { printer.add(try Finding(json: json)) }
      }
      // Findings do not come one by one from another node.
      if invocation.session.node != nil { for finding in try answer.value().checks { printer.add(finding) } }
    } catch {
      guard error.code == .unknownMethod else { throw error }
      printer.add(ClientChecks.tooOld())
    }
    printer.finish()
    guard printer.failed == 0 else {
      throw NodeError(
        ErrorCode(rawValue: "checks_failed"),
        printer.failed == 1 ? "one check failed" : "\(printer.failed) checks failed")
    }
  }
}
