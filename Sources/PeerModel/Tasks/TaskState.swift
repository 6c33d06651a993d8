/// How far a task has come.
package enum TaskState: String, CaseIterable, Hashable, Sendable {
  /// On disk, and waiting for its turn.
  case queued
  case running
  /// It has a result.
  case done
  /// It has an error.
  case failed
  /// Its caller or this node's owner ended it.
  case cancelled
  /// The node stopped while it ran, and it may have changed something: it is not run again.
  case interrupted

  /// Whether nothing more becomes of it.
  package var isEnded: Bool {
    switch self {
    case .queued, .running: false
    case .done, .failed, .cancelled, .interrupted: true
    }
  }
}
