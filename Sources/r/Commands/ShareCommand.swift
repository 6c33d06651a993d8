internal import Glibc
internal import LocalAPI
internal import PeerModel

/// `r share`: gives a document to peers.
enum ShareCommand: Command {
  static let syntax = Syntax(
    verb: "share", group: .context, summary: "Give a document to peers.",
    details: """
      DOC is a document, or a file, which is taken in as one first: whatever has a
      slash in it is a file, and so is what no document is called. Each peer keeps its
      own copy, and may read yours until you remove it. What becomes of one peer stops
      no other; the exit status is 0 when all of them have it.
      """,
    arguments: [
      Argument(name: "DOC", help: "A document's id or name, or a file.", completion: .documentsOrFiles),
      Argument(name: "PEER", help: "Id, prefix of an id, or name.", isRepeated: true, completion: .peers),
    ],
    examples: ["r share report.pdf office-mac server-room", "r share ./notes.txt office-mac"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let word = invocation.input.words[0]
    let peers = Array(invocation.input.words.dropFirst())
    let session = invocation.session
    let answer: Answer<ShareDocument>
    if word.contains("/") {
      answer = try shareFile(word, with: peers, session)
    } else {
      do { answer = try share(word, with: peers, session) } catch {
        guard error.code == .notFound, access(word, F_OK) == 0 else { throw error }
        answer = try shareFile(word, with: peers, session)
      }
    }
    try show(try answer.value(), answer.json, invocation.output)
  }

  private static func share(
    _ document: String, with peers: [String], _ session: Session
  ) throws(NodeError) -> Answer<ShareDocument> {
    try session.call(ShareDocument.self, .init(document: document, peers: peers), seconds: nil)
  }

  private static func shareFile(
    _ path: String, with peers: [String], _ session: Session
  ) throws(NodeError) -> Answer<ShareDocument> {
    let document = try AddDocumentCommand.add(try LocalFile(path), session).value()
    return try share(document.id, with: peers, session)
  }

  private static func show(_ result: ShareDocument.Result, _ json: JSONValue, _ output: Output) throws(NodeError) {
    let failures = result.outcomes.filter { !$0.success }
    switch output.format {
    case .json: output.json(json)
    case .ids: for outcome in result.outcomes where outcome.success { output.line(outcome.id?.description ?? "") }
    case .text:
      for outcome in result.outcomes where outcome.success {
        output.line("\(outcome.peer) has \(result.document.name) (\(TimeText.size(result.document.size)))")
      }
    }
    for outcome in failures {
      output.note("\(outcome.peer): \(outcome.error ?? "failed")", .red)
      if let hint = outcome.hint { output.hint(hint) }
    }
    guard let first = failures.first?.code.map(ErrorCode.init(rawValue:)) else { return }
    // One kind of failure has its own exit status, several have that of a failure.
    let statuses = Set(failures.compactMap { $0.code.map { ErrorCode(rawValue: $0).mapping.exit } })
    throw NodeError(
      statuses.count == 1 ? first : .remoteFailed,
      "\(failures.count) of \(result.outcomes.count) peers do not have it")
  }
}
