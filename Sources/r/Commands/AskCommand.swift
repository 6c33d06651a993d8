internal import Glibc
internal import LocalAPI
internal import PeerModel

/// `r ask`: has a task done.
enum AskCommand: Command {
  static let syntax = Syntax(
    verb: "ask", group: .tasks, summary: "Have a task done in plain English, by a peer or by this node.",
    details: """
      One word is the task, which this node's agent does; two are the peer and the
      task. The answer goes to standard output, what happens meanwhile to standard
      error. An interrupt ends the task, on the peer too.
      The agent uses the skills of the node that does the task, and the language
      model that llm.base_url in its configuration names.
      """,
    arguments: [
      Argument(name: "[PEER] TASK", help: "Who shall do it, and what; - reads the task.", completion: .peers),
      Argument(name: "TASK", help: "What is to be done, after a peer.", isOptional: true),
    ],
    options: [
      Option(
        name: "context", value: "FILE", help: "A text that the agent has to know; - reads it.", completion: .files),
      Option(name: "agent", value: "NAME", help: "Which agent of the node shall do it."),
      Option(name: "timeout", value: "SECONDS", help: "How long it may run."),
      Option(name: "detach", short: "d", help: "Print the task's id and leave it to the node; see r tasks."),
    ],
    examples: [
      "r ask office-mac 'how many disks do you have, and how full are they?'",
      "r ask office-mac 'summarise this in three sentences' --context notes.txt",
      "r ask gpu-server 'convert the report to PDF' --detach",
    ])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let (input, output) = (invocation.input, invocation.output)
    let peer = input.words.count > 1 ? input.words[0] : nil
    let word = input.words[input.words.count - 1]
    guard word != "-" || input["context"] != "-" else {
      throw NodeError(.usage, "the task and its context cannot both be standard input")
    }
    let request = TaskRequest(
      task: word == "-" ? try text(of: "-", TaskRequest.longestTask) : word, agent: input["agent"],
      context: try input["context"].map { path throws(NodeError) in try text(of: path, TaskRequest.longestContext) },
      timeout: try input.seconds("timeout"))
    let answer = try invocation.session.call(
      RunTask.self, .init(request: request, peer: peer, isDetached: input.has("detach")), seconds: nil
    ) { (event) throws(NodeError) in
      if output.format == .text, output.messages.isTerminal { TaskText.show(event, output) }
    }
    try TaskText.show(try answer.value(), answer.json, output)
  }

  /// The contents of a text file, which r opens as its user.
  private static func text(of path: String, _ limit: Int) throws(NodeError) -> String {
    let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw NodeError(.localFile, "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw NodeError(.localFile, "cannot read \(path): \(String(cString: strerror(errno)))")
      }
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw NodeError(.usage, "\(path): has more than \(limit) bytes") }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw NodeError(.usage, "\(path): is not text in UTF-8")
    }
    return text
  }
}

/// How tasks are shown to people.
enum TaskText {
  /// A step of a task that runs.
  static func show(_ event: JSONValue, _ output: Output) {
    guard event["type"] == "tool", let tool = event["tool"]?.stringValue else { return }
    switch event["status"]?.stringValue {
    case "started": output.note("\(tool) …")
    case "failed": output.note("\(tool) failed: \(event["error"]?.stringValue ?? "no reason given")")
    default: break
    }
  }

  /// A task's answer, or its id while there is none.
  /// - Throws: ``NodeError`` of a task that failed.
  static func show(_ task: TaskDetails, _ json: JSONValue, _ output: Output) throws(NodeError) {
    switch output.format {
    case .json: output.json(json)
    case .ids: output.line(task.id.text)
    case .text where task.result == nil && !task.state.isEnded:
      output.line(task.id.text)
      output.hint("r tasks show \(task.id)")
    case .text:
      guard let result = task.result else { break }
      let text = result.hasSuffix("\n") ? result : result + "\n"
      output.block(output.results.isTerminal ? SafeText.block(text) : text)
    }
    if let error = task.error { throw error }
  }
}
