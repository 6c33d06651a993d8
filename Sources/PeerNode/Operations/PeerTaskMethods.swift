import LocalAPI
import PeerModel

/// `POST /v1/p2p/task`: a peer has this node do a task.
enum PeerRunTask: Method {
  static let name = "peer.task"
  static let summary = "Receive a task; with Prefer: respond-async, only its acceptance is answered."

  struct Parameters: JSONConvertible, Hashable {
    /// The same id from the same peer never runs twice.
    var requestID: String?
    var request: TaskRequest

    init(json: JSONValue) throws(NodeError) {
      requestID = try JSONFields(json).optional("request_id")
      request = try TaskRequest(json: json)
    }
    var json: JSONValue {
      var members = request.json.objectValue ?? [:]
      members["request_id"] = requestID?.json
      return .object(members)
    }
  }

  /// What the specification answers a task with.
  struct Result: JSONConvertible, Hashable {
    var details: TaskDetails
    init(_ details: TaskDetails) { self.details = details }
    init(json: JSONValue) throws(NodeError) { details = try TaskDetails(json: json) }
    var json: JSONValue {
      let kept = ["request_id", "result", "agent_used", "execution_time_ms", "success", "error"]
      return .object((details.json.objectValue ?? [:]).filter { kept.contains($0.key) })
    }
  }
  static let parameters = Schema.object(
    TaskRequest.members.merging([
      "request_id": .string("The caller's id; the same never runs twice.", maximumLength: 128).orNull
    ]) { $1 }, required: ["task"])
  static let result = Schema.object([
    "request_id": .string("The caller's id of the request.").orNull, "result": .string("The agent's answer.").orNull,
    "agent_used": .string("Which agent did it.").orNull, "execution_time_ms": .number("How long it ran.").orNull,
    "success": .boolean("Whether it has a result."), "error": .string("Why not.").orNull,
  ]).whole
  /// What is answered when the caller does not wait.
  static let accepted = Schema.object([
    "task_id": .string("Where to ask for it."), "request_id": .string("The caller's id of the request.").orNull,
    "status": .enumeration(TaskState.allCases.map(\.rawValue), "How far it has come."),
  ]).whole
}

/// `GET /v1/p2p/tasks/{task_id}`: how far a task of the caller has come.
enum PeerGetTask: Method {
  static let name = "peer.task_status"
  static let summary = "Show a task of the caller."
  typealias Parameters = TaskParameters
  typealias Result = TaskDetails
  static let parameters = TaskParameters.schema
  static let result = TaskDetails.schema
}

/// `DELETE /v1/p2p/tasks/{task_id}`: ends a task of the caller.
enum PeerCancelTask: Method {
  static let name = "peer.task_cancel"
  static let summary = "End a task of the caller; one that has ended stays as it is."
  typealias Parameters = TaskParameters
  typealias Result = TaskDetails
  static let parameters = TaskParameters.schema
  static let result = TaskDetails.schema
}

/// `GET /v1/p2p/tasks/{task_id}/events`: what happens to a task of the caller.
enum PeerWatchTask: Method {
  static let name = "peer.task_events"
  static let summary = "Stream what happens to a task of the caller as Server-Sent Events, until it ends."
  typealias Parameters = TaskParameters
  typealias Result = JSONValue
  static let parameters = TaskParameters.schema
  static let result = Schema.object([:], "Empty: the events are the answer.", open: true)
}
