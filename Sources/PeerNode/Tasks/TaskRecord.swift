package import FoundationEssentials
import GRDB
package import LocalAPI
package import PeerModel

/// A task on disk: the row of the `task` table.
package struct TaskRecord: Codable, Sendable, Hashable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "task"

  package var id: String
  /// ``PeerModel/Caller/auditName``.
  package var caller: String
  /// The caller's id of the request.
  package var request: String?
  /// The peer that is asked to do it; nil for one that is done here.
  package var peer: String?
  /// The task's id over there, once it is known.
  package var remote: String?
  package var task: String
  package var agent: String?
  package var context: String?
  /// Milliseconds that it may run.
  package var timeout: Int
  package var state: String
  /// Its caller does not wait for it, so that the peer that shall do it may be away for a while.
  package var isPatient: Bool
  /// A tool was called that may have changed something: it must not run again.
  package var isTouched: Bool
  package var result: String?
  /// The problem document of its error.
  package var error: Data?
  /// Seconds since 1970.
  package var createdAt: Int
  package var startedAt: Int?
  package var endedAt: Int?
  /// Milliseconds that it ran.
  package var duration: Double?

  package init(
    id: TaskID, request: TaskRequest, requestID: String?, peer: PeerID?, timeout: Duration, isPatient: Bool = false,
    by caller: Caller, at: Int
  ) {
    (self.id, self.caller, self.request, self.peer) = (id.text, caller.auditName, requestID, peer?.description)
    (task, agent, context) = (request.task, request.agent, request.context)
    (self.timeout, state, self.isPatient, isTouched) = (
      Int(timeout.milliseconds), TaskState.queued.rawValue, isPatient, false
    )
    createdAt = at
  }

  package var taskState: TaskState { TaskState(rawValue: state) ?? .failed }
  package var peerID: PeerID? { peer.flatMap { PeerID($0) } }
  package var timeLimit: Duration { .milliseconds(timeout) }

  /// What went wrong; nil where nothing has.
  package var failure: NodeError? {
    error.flatMap { bytes in (try? JSONParser.parse(bytes)).flatMap { NodeError(problem: $0) } }
  }

  /// As callers see it.
  package var details: TaskDetails {
    var details = TaskDetails(
      id: TaskID(id) ?? TaskID(random: []), requestID: request, task: task, state: taskState, agent: agent,
      peer: peerID, caller: caller, createdAt: createdAt)
    (details.startedAt, details.endedAt, details.executionMilliseconds) = (startedAt, endedAt, duration)
    (details.result, details.error) = (result, failure)
    return details
  }
}

/// What came of a task.
package enum TaskOutcome: Sendable, Hashable {
  case done(String)
  case failed(NodeError)
  case cancelled
  case interrupted

  var state: TaskState {
    switch self {
    case .done: .done
    case .failed: .failed
    case .cancelled: .cancelled
    case .interrupted: .interrupted
    }
  }

  /// What the caller is told.
  var error: NodeError? {
    switch self {
    case .done: nil
    case .failed(let error): error
    case .cancelled: NodeError(.cancelled, "the task was cancelled")
    case .interrupted:
      NodeError(
        .taskFailed, "the node stopped while the task ran; it may have changed something, so it is not run again",
        hint: "send it with a new request_id")
    }
  }
}
