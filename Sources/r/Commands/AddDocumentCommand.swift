internal import LocalAPI
internal import PeerModel

/// `r docs add`: takes a file in.
enum AddDocumentCommand: Command {
  static let syntax = Syntax(
    verb: "docs add", group: .context, summary: "Take a file in as a document.",
    arguments: [Argument(name: "FILE", help: "The file; - is standard input.", completion: .files)],
    examples: ["r docs add report.pdf"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let file = try LocalFile(invocation.input.words[0])
    let answer = try add(file, invocation.session)
    let document = try answer.value()
    switch invocation.output.format {
    case .json: invocation.output.json(answer.json)
    case .ids: invocation.output.line(document.id)
    case .text: invocation.output.line("\(document.name) is \(document.id) (\(TimeText.size(document.size)))")
    }
  }

  static func add(_ file: LocalFile, _ session: Session) throws(NodeError) -> Answer<AddDocument> {
    try session.call(AddDocument.self, .init(file: file.reference), uploads: [file.upload], seconds: nil)
  }
}
