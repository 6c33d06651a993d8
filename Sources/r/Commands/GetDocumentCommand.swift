internal import LocalAPI
internal import PeerModel

/// `r docs get`: writes a document to a file.
enum GetDocumentCommand: Command {
  static let syntax = Syntax(
    verb: "docs get", group: .context, summary: "Write a document to a file.",
    details: """
      Under its own name in the current folder, or where --output says; - is standard
      output. A file that exists is left alone unless --force is given.
      """,
    arguments: [Argument(name: "DOC", help: "Id, prefix of an id, or name.", completion: .documents)],
    options: [
      DocumentOptions.from,
      Option(name: "output", short: "o", value: "PATH", help: "A file, or a folder.", completion: .files),
      Option(name: "force", short: "f", help: "Overwrite an existing file."),
    ],
    examples: ["r docs get report.pdf -o /tmp", "r docs get doc-abcd --from office-mac"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let input = invocation.input
    let client = try invocation.session.client()
    let answer = try invocation.session.call(
      GetDocument.self, .init(id: input.words[0], peer: input["from"]), seconds: nil)
    let destination = ResultFiles.Destination(output: input["output"], replaces: input.has("force"))
    let file = try answer.value().file
    try ResultReceiver(destination: destination, output: invocation.output).receive(
      SkillResult(result: file.json, executionMilliseconds: 0, success: true), answer.json, of: answer.request,
      from: client)
  }
}
