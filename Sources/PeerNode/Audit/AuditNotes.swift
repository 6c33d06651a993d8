package import PeerModel
import Synchronization

/// What is known of the operation that the current task performs: who asked for it, how far it has come, and whether it is
/// on record already.
///
/// Whoever writes an entry in a transaction of its own says so here, so that it is not written twice.
package final class AuditNotes: Sendable {
  @TaskLocal package static var current: AuditNotes?

  package let caller: Caller
  private let state = Mutex((isStarted: false, hasEntry: false))

  package init(caller: Caller) { self.caller = caller }

  /// It was allowed and well-formed.
  var isStarted: Bool { state.withLock(\.isStarted) }
  func noteStart() { state.withLock { $0.isStarted = true } }

  package var hasEntry: Bool { state.withLock(\.hasEntry) }
  package func noteEntry() { state.withLock { $0.hasEntry = true } }
}
