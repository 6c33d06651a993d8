internal import LocalAPI
internal import PeerModel

/// `r call`: invokes a tool, here or on a peer.
enum CallCommand: Command {
  static let syntax = Syntax(
    verb: "call", group: .skills, summary: "Invoke a tool of a skill, on this node or on a peer.",
    details: """
      Words without = name the target, and stand first: SKILL.TOOL is called on this
      node, PEER SKILL.TOOL on that peer, --any SKILL.TOOL on the best of the approved
      peers that have it, by availability, load and latency. When that one could not
      do it the next is asked, but never when the call may have begun there, unless
      the tool changes nothing. Words with = are the tool's arguments:
        key=text     text; rd makes a number, true or false of it where one is wanted
        key:=JSON    any JSON value
        key=@FILE    the file, opened by r as you; key=@- is standard input; given
                     again, the files make a list
      Text and text files go to standard output. Other files are written to the
      current folder under their own name, or where --output says; - is standard
      output. A file that exists is left alone unless --force is given.
      """,
    arguments: [
      Argument(name: "[PEER] SKILL.TOOL", help: "The tool, after the peer that shall run it.", completion: .callWords),
      Argument(
        name: "KEY=VALUE", help: "An argument of the tool; see r skills show SKILL.TOOL.", isOptional: true,
        isRepeated: true, completion: .callWords),
    ],
    options: [
      Option(name: "any", help: "On the best of the approved peers that have the tool; never on this node."),
      Option(name: "args", value: "JSON", help: "Arguments as a JSON object."),
      Option(name: "timeout", value: "SECONDS", help: "Give up after this long."),
      Option(name: "output", short: "o", value: "PATH", help: "A file, or a folder for files.", completion: .files),
      Option(name: "force", short: "f", help: "Overwrite existing files."),
    ],
    examples: [
      "r call text.word_count text='one two three'", "r call office-mac text.search file=@notes.txt pattern=due --json",
      "r call server-room pdf.extract_text file=@report.pdf > report.txt",
      "r call --any ocr.image file=@scan.png",
    ])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let input = invocation.input
    let timeout = try input.seconds("timeout")
    let isAny = input.has("any")
    let request = try CallRequest(words: input.words, json: input["args"], isAny: isAny)
    let answer = try send(request, timeout, invocation)
    let result = answer.value
    if let choice = result.choice { report(choice, invocation.output) }
    guard result.success else {
      if invocation.output.format == .json { invocation.output.json(answer.json) }
      throw NodeError(.skillFailed, result.error ?? "\(request.name) failed")
    }
    let destination = ResultFiles.Destination(output: input["output"], replaces: input.has("force"))
    try ResultReceiver(destination: destination, output: invocation.output)
      .receive(result, answer.json, of: answer.request, from: invocation.session.client())
  }

  /// Who did it, and who was to do it before.
  private static func report(_ choice: PeerChoice, _ output: Output) {
    guard output.format != .ids else { return }
    for miss in choice.misses { output.note("\(miss.name) (\(miss.id.short)) did not do it: \(miss.error.message)") }
    output.note("done by \(choice.name) (\(choice.id.short))")
  }

  private typealias Reply = (request: RequestID, json: JSONValue, value: SkillResult)

  private static func send(
    _ request: CallRequest, _ timeout: Double?, _ invocation: Invocation
  ) throws(NodeError) -> Reply {
    let progress: (JSONValue) throws(NodeError) -> Void = { (value) throws(NodeError) in
      guard invocation.output.messages.isTerminal, let text = value["message"]?.stringValue else { return }
      invocation.output.note(text)
    }
    do {
      if request.peer != nil || invocation.input.has("any") {
        let parameters = CallRemoteSkill.Parameters(peer: request.peer, call: request.parameters, timeout: timeout)
        // The daemon keeps the time; this is for a daemon that does not.
        let answer = try invocation.session.call(
          CallRemoteSkill.self, parameters, uploads: request.uploads, seconds: timeout.map { $0 + 5 },
          progress: progress)
        return (answer.request, answer.json, try answer.value())
      }
      let answer = try invocation.session.call(
        CallSkill.self, request.parameters, uploads: request.uploads, seconds: timeout, progress: progress)
      return (answer.request, answer.json, try answer.value())
    } catch {
      throw withHint(error, request)
    }
  }

  private static func withHint(_ error: NodeError, _ request: CallRequest) -> NodeError {
    var error = error
    let peer = request.peer.map(ErrorReport.quoted)
    let name = ErrorReport.quoted(request.name)
    guard error.hint == nil else { return error }
    switch error.code {
    case .invalidArguments: error.hint = "r skills show \(name)" + (peer.map { " --peer \($0)" } ?? "")
    case .skillNotFound: error.hint = "r skills" + (peer.map { " \($0)" } ?? "")
    case .notAllowed, .notApproved: error.hint = peer.map { "r can \($0) \(name)" }
    default: break
    }
    return error
  }
}
