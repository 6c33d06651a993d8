internal import LocalAPI
internal import PeerModel

/// `r version`: which client and which daemon.
enum VersionCommand: Command {
  static let syntax = Syntax(
    verb: "version", group: .client, summary: "Show the versions of r and of the rd it talks to.",
    details: "r --version prints the client's alone and needs no daemon.",
    options: [Option(name: "client", help: "Only the version of r; does not talk to rd.")],
    examples: ["r version", "r --version"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let output = invocation.output
    let isJSON = output.format == .json
    if invocation.input.has("client") {
      return isJSON ? output.json(["client": Software.version.json]) : output.line("r \(Software.version)")
    }
    if !isJSON { output.line("r   \(Software.version)") }
    let answer = try invocation.session.call(DaemonInfo.self, .init())
    if isJSON { return output.json(["client": Software.version.json, "daemon": answer.json]) }
    let daemon = try answer.value()
    output.line("rd  \(daemon.version), protocol \(daemon.protocolVersion), pid \(daemon.processID)")
  }
}
