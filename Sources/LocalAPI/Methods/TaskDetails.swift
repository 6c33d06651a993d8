package import PeerModel

/// A task as those see it who may: what was asked, how far it has come, and what came of it.
package struct TaskDetails: JSONConvertible, Hashable {
  package var id: TaskID
  /// The id that its caller gave the request.
  package var requestID: String?
  /// What is to be done, in plain English.
  package var task: String
  package var state: TaskState
  /// Which agent does it; nil while that is not known.
  package var agent: String?
  /// The peer that this node has asked to do it; nil for one that is done here.
  package var peer: PeerID?
  /// Who asked, as the audit log names callers.
  package var caller: String
  /// Seconds since 1970.
  package var createdAt: Int
  package var startedAt: Int?
  package var endedAt: Int?
  /// How long it ran; nil before the end.
  package var executionMilliseconds: Double?
  /// The agent's answer; nil without one.
  package var result: String?
  /// Why there is none.
  package var error: NodeError?

  package init(
    id: TaskID, requestID: String?, task: String, state: TaskState, agent: String?, peer: PeerID?, caller: String,
    createdAt: Int
  ) {
    (self.id, self.requestID, self.task, self.state) = (id, requestID, task, state)
    (self.agent, self.peer, self.caller, self.createdAt) = (agent, peer, caller, createdAt)
  }

  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    guard let state = TaskState(rawValue: try fields.required("status", as: String.self)) else {
      throw NodeError(.remoteFailed, "a task has a status that this version does not know")
    }
    self.init(
      id: try fields.required("task_id"), requestID: try fields.optional("request_id"),
      task: try fields.required("task"), state: state, agent: try fields.optional("agent_used"),
      peer: try fields.optional("peer_id"), caller: try fields.required("caller"),
      createdAt: try fields.required("created_at"))
    (startedAt, endedAt) = (try fields.optional("started_at"), try fields.optional("ended_at"))
    executionMilliseconds = try fields.optional("execution_time_ms")
    result = try fields.optional("result")
    if let message: String = try fields.optional("error") {
      let code: String? = try fields.optional("code")
      error = NodeError(
        code.map(ErrorCode.init(rawValue:)) ?? .taskFailed, message, hint: try fields.optional("hint"))
    }
  }

  package var json: JSONValue {
    [
      "task_id": id.json, "request_id": requestID?.json ?? .null, "task": task.json, "status": .string(state.rawValue),
      "agent_used": agent?.json ?? .null, "peer_id": peer?.json ?? .null, "caller": caller.json,
      "created_at": createdAt.json, "started_at": startedAt?.json ?? .null, "ended_at": endedAt?.json ?? .null,
      "execution_time_ms": executionMilliseconds?.json ?? .null, "result": result?.json ?? .null,
      "success": (state == .done).json, "error": error?.message.json ?? .null,
      "code": error?.code.rawValue.json ?? .null, "hint": error?.hint?.json ?? .null,
    ]
  }

  package static let schema = Schema.object([
    "task_id": .string("Names the task on this node."),
    "request_id": .string("The caller's id of the request.").orNull,
    "task": .string("What is to be done."),
    "status": .enumeration(TaskState.allCases.map(\.rawValue), "How far it has come."),
    "agent_used": .string("Which agent does it.").orNull,
    "peer_id": .string("The peer that was asked to do it; null for one that is done here.").orNull,
    "caller": .string("Who asked."), "created_at": .integer("Seconds since 1970."),
    "started_at": .integer("Seconds since 1970.").orNull, "ended_at": .integer("Seconds since 1970.").orNull,
    "execution_time_ms": .number("How long it ran.").orNull, "result": .string("The agent's answer.").orNull,
    "success": .boolean("Whether it has a result."), "error": .string("Why not.").orNull,
    "code": .string("The stable code of the error.").orNull, "hint": .string("What to do about it.").orNull,
  ]).whole
}

/// What is asked for with a task, wherever it is asked.
package struct TaskRequest: JSONConvertible, Hashable {
  /// What is to be done, in plain English.
  package var task: String
  /// Which agent shall do it; nil leaves that to the node.
  package var agent: String?
  /// What the agent has to know beside the task.
  package var context: String?
  /// Seconds that it may run; nil takes the configured `p2p.task_timeout`, which is also the most.
  package var timeout: Double?

  /// Characters of a task, and of its context.
  package static let longestTask = 64 << 10
  package static let longestContext = 256 << 10

  package init(task: String, agent: String? = nil, context: String? = nil, timeout: Double? = nil) {
    (self.task, self.agent, self.context, self.timeout) = (task, agent, context, timeout)
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      task: try fields.required("task"), agent: try fields.optional("agent"),
      context: fields.value("context").map { $0.stringValue ?? $0.text }, timeout: try fields.optional("timeout"))
    guard (context?.utf8.count ?? 0) <= 4 * Self.longestContext else {
      throw NodeError(.invalidArguments, "/context: is longer than \(4 * Self.longestContext) bytes")
    }
  }
  package var json: JSONValue {
    .compact(["task": task.json, "agent": agent?.json, "context": context?.json, "timeout": timeout?.json])
  }

  /// The members of a request that are the same everywhere.
  package static let members: [String: Schema] = [
    "task": .string("What is to be done, in plain English.", minimumLength: 1, maximumLength: longestTask),
    "agent": .string("Which agent shall do it.", maximumLength: 64).orNull,
    "context": .any("What the agent has to know beside the task: a text, or any JSON."),
    "timeout": .number("Seconds that it may run.", minimum: 0.1, maximum: 86400).orNull,
  ]
}
