internal import LocalAPI
internal import PeerModel

/// `r tasks`: what was asked for, and how far it has come.
enum TasksCommand: Command {
  static let syntax = Syntax(
    verb: "tasks", group: .tasks, summary: "List the tasks of this node, newest first.",
    details: "Its own and those that peers have asked for; those that it has asked a peer to do name the peer.",
    options: [
      Option(name: "open", help: "Only those that have not ended."),
      Option(name: "limit", value: "N", help: "The newest N; \(ListTasks.Parameters.defaultLimit) when left out."),
    ],
    examples: ["r tasks", "r tasks --open --quiet"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let input = invocation.input
    let most = ListTasks.Parameters.maximumLimit
    let limit = input["limit"].map { Int($0) } ?? ListTasks.Parameters.defaultLimit
    guard let limit, (1...most).contains(limit) else {
      throw NodeError(.usage, "--limit: \(input["limit"] ?? "") is not a number from 1 to \(most)")
    }
    let answer = try invocation.session.call(ListTasks.self, .init(isOpen: input.has("open"), limit: limit))
    let tasks = try answer.value().tasks
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for task in tasks { output.line(task.id.text) }
    case .text where tasks.isEmpty: output.note(input.has("open") ? "no task is open" : "no tasks yet")
    case .text:
      var table = Table(["ID", "STATUS", "ASKED", "BY", "DONE BY", "TASK"])
      for task in tasks {
        let line = task.task.split(separator: "\n").first.map(String.init) ?? ""
        table.add([
          .init(task.id.text), .init(task.state.rawValue), .init(TimeText.relative(task.createdAt)),
          .init(PeerID(task.caller)?.short ?? task.caller), .init(task.peer?.short ?? "this node"),
          .init(line.count > 60 ? line.prefix(59) + "…" : line),
        ])
      }
      output.table(table)
    }
  }
}

/// `r tasks show`: one task, with what came of it.
enum ShowTaskCommand: Command {
  static let syntax = Syntax(
    verb: "tasks show", group: .tasks, summary: "Show a task's answer, or how far it has come.",
    arguments: [Argument(name: "TASK", help: "The task's id; see r tasks.", completion: .tasks)],
    options: [Option(name: "watch", short: "w", help: "Wait for its end, and show what happens until then.")],
    examples: ["r tasks show --watch $(r ask office-mac 'make a summary' --detach --quiet)"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let output = invocation.output
    let parameters = try TaskParameters(json: ["task_id": .string(invocation.input.words[0])])
    guard invocation.input.has("watch") else {
      let answer = try invocation.session.call(GetTask.self, parameters)
      return try TaskText.show(try answer.value(), answer.json, output)
    }
    let answer = try invocation.session.call(WatchTask.self, parameters, seconds: nil) { (event) throws(NodeError) in
      if output.format == .text { TaskText.show(event, output) }
    }
    try TaskText.show(try answer.value(), answer.json, output)
  }
}

/// `r tasks cancel`: ends a task.
enum CancelTaskCommand: Command {
  static let syntax = Syntax(
    verb: "tasks cancel", group: .tasks, summary: "End tasks, here and on the peers that do them.",
    arguments: [Argument(name: "TASK", help: "Their ids; see r tasks.", isRepeated: true, completion: .openTasks)],
    examples: ["r tasks cancel $(r tasks --open --quiet)"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let output = invocation.output
    for word in invocation.input.words {
      let parameters = try TaskParameters(json: ["task_id": .string(word)])
      let answer = try invocation.session.call(CancelTask.self, parameters)
      switch output.format {
      case .json: output.jsonLine(answer.json)
      case .ids: output.line(word)
      case .text: output.note("\(word) is \(try answer.value().state.rawValue)")
      }
    }
  }
}
