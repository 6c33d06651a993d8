package import PeerModel

/// `tasks.run`: has a task done, here or by a peer.
package enum RunTask: Method {
  package static let name = "tasks.run"
  package static let summary = "Have a task done in plain English, by this node's agent or by a peer's."

  package struct Parameters: JSONConvertible, Hashable {
    package var request: TaskRequest
    /// The peer that shall do it; this node when absent.
    package var peer: String?
    /// Answer when the task is on disk, not when it is done; it then goes on without the caller.
    package var isDetached: Bool

    package init(request: TaskRequest, peer: String? = nil, isDetached: Bool = false) {
      (self.request, self.peer, self.isDetached) = (request, peer, isDetached)
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        request: try TaskRequest(json: json), peer: try fields.optional("peer_id"),
        isDetached: try fields.optional("detach") ?? false)
    }
    package var json: JSONValue {
      var members = request.json.objectValue ?? [:]
      members["peer_id"] = peer?.json
      if isDetached { members["detach"] = true }
      return .object(members)
    }
  }
  package typealias Result = TaskDetails
  package static let parameters = Schema.object(
    TaskRequest.members.merging([
      "peer_id": PeerParameters.peerSchema,
      "detach": .boolean("Answer when the task is on disk, and do it without the caller.").withDefault(false),
    ]) { $1 }, required: ["task"])
  package static let result = TaskDetails.schema
}

/// `p2p.remote_task`: has a peer do a task, and waits for its answer.
package enum RunRemoteTask: Method {
  package static let name = "p2p.remote_task"
  package static let summary = "Execute a task on a peer."

  package struct Parameters: JSONConvertible, Hashable {
    package var peer: String
    package var request: TaskRequest
    package init(peer: String, request: TaskRequest) { (self.peer, self.request) = (peer, request) }
    package init(json: JSONValue) throws(NodeError) {
      self.init(peer: try JSONFields(json).required("peer_id"), request: try TaskRequest(json: json))
    }
    package var json: JSONValue {
      var members = request.json.objectValue ?? [:]
      members["peer_id"] = peer.json
      return .object(members)
    }
  }
  package typealias Result = TaskDetails
  package static let parameters = Schema.object(
    TaskRequest.members.merging(["peer_id": PeerParameters.peerSchema]) { $1 }, required: ["peer_id", "task"])
  package static let result = TaskDetails.schema
}

/// `tasks.list`: the tasks that this node has done, does, or has asked peers to do.
package enum ListTasks: Method {
  package static let name = "tasks.list"
  package static let summary = "List tasks, newest first."

  package struct Parameters: JSONConvertible, Hashable {
    /// Only those that have not ended.
    package var isOpen: Bool
    package var limit: Int
    package static let maximumLimit = 1000
    package static let defaultLimit = 50

    package init(isOpen: Bool = false, limit: Int = defaultLimit) { (self.isOpen, self.limit) = (isOpen, limit) }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        isOpen: try fields.optional("open") ?? false, limit: try fields.optional("limit") ?? Self.defaultLimit)
    }
    package var json: JSONValue { ["open": isOpen.json, "limit": limit.json] }
  }
  package struct Result: JSONConvertible, Hashable {
    package var tasks: [TaskDetails]
    package init(tasks: [TaskDetails]) { self.tasks = tasks }
    package init(json: JSONValue) throws(NodeError) { tasks = try JSONFields(json).required("tasks") }
    package var json: JSONValue { ["tasks": tasks.json] }
  }
  package static let parameters = Schema.object([
    "open": .boolean("Only those that have not ended.").withDefault(false),
    "limit": .integer("How many.", minimum: 1, maximum: Parameters.maximumLimit)
      .withDefault(Parameters.defaultLimit.json),
  ])
  package static let result = Schema.object(["tasks": .array(of: TaskDetails.schema, "Newest first.")]).whole
}

/// What the methods about one task take.
package struct TaskParameters: JSONConvertible, Hashable {
  package var id: TaskID
  package init(id: TaskID) { self.id = id }
  package init(json: JSONValue) throws(NodeError) { id = try JSONFields(json).required("task_id") }
  package var json: JSONValue { ["task_id": id.json] }
  package static let schema = Schema.object(
    ["task_id": .string("The task's id.", maximumLength: 64)], required: ["task_id"])
}

/// `tasks.get`: one task.
package enum GetTask: Method {
  package static let name = "tasks.get"
  package static let summary = "Show a task, with its result when it has one."
  package typealias Parameters = TaskParameters
  package typealias Result = TaskDetails
  package static let parameters = TaskParameters.schema
  package static let result = TaskDetails.schema
}

/// `tasks.cancel`: ends a task.
package enum CancelTask: Method {
  package static let name = "tasks.cancel"
  package static let summary = "End a task, here and on the peer that does it."
  package typealias Parameters = TaskParameters
  package typealias Result = TaskDetails
  package static let parameters = TaskParameters.schema
  package static let result = TaskDetails.schema
}

/// `tasks.events`: watches a task until it ends.
package enum WatchTask: Method {
  package static let name = "tasks.events"
  package static let summary = "Stream what happens to a task as $/progress notifications until it ends."
  package typealias Parameters = TaskParameters
  package typealias Result = TaskDetails
  package static let parameters = TaskParameters.schema
  package static let result = TaskDetails.schema
}
