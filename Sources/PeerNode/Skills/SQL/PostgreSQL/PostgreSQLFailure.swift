internal import PeerModel

/// What psql says when the server refuses a statement (`VERBOSITY verbose`).
struct PostgreSQLFailure {
  /// The five characters of SQLSTATE.
  let state: String
  let message: String
  private var hint: String?
  private var place = ""

  /// nil when the server said nothing, because it was never reached.
  init?(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // psql:<stdin>:14: ERROR:  42601: syntax error at or near "FRM"
    guard
      let index = lines.firstIndex(where: {
        $0.hasPrefix("psql:") && ($0.contains(": ERROR:  ") || $0.contains(": FATAL:  "))
      }),
      let start = lines[index].firstRange(of: ":  ")
    else { return nil }
    let rest = lines[index][start.upperBound...]
    guard rest.utf8.count > 7, rest.dropFirst(5).hasPrefix(": ") else { return nil }
    state = String(rest.prefix(5))
    message = String(rest.dropFirst(7))
    for (number, line) in lines.enumerated().dropFirst(index + 1) {
      if line.hasPrefix("HINT:  ") { hint = String(line.dropFirst(7)) }
      if line.hasPrefix("LINE "), let colon = line.firstIndex(of: ":"), number + 1 < lines.count,
        let row = Int(line[line.index(line.startIndex, offsetBy: 5)..<colon]),
        let caret = lines[number + 1].firstIndex(of: "^"), !line[colon...].hasPrefix(": ...")
      {
        let before = line.distance(from: line.startIndex, to: colon) + 2
        let column = lines[number + 1].distance(from: lines[number + 1].startIndex, to: caret) - before + 1
        if column > 0 { place = " (line \(row), column \(column))" }
      }
    }
  }

  /// The error for the caller.
  func error(database: String, writes: Bool) -> NodeError {
    let sentence = String(message.prefix(1000)) + place
    switch state {
    case "25006", "25001":
      return NodeError(.notAllowed, "the statement would change the database, and a query only reads: \(sentence)")
    case "42P11" where !writes && message.hasPrefix("cannot open"):
      return NodeError(
        .notAllowed, "a query is one statement that gives rows: \(sentence)",
        hint: "what changes the database is for sql.execute")
    case "57014": return NodeError(.timedOut, "the statement took longer than it may")
    case "55P03", "40001", "40P01": return NodeError(.busy, sentence, retryAfter: 1)
    case "42501": return NodeError(.notAllowed, "the database's own rights forbid it: \(sentence)")
    default: return NodeError(.skillFailed, hint.map { "\(sentence); \($0)" } ?? sentence, hint: hint)
    }
  }
}
