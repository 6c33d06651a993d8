package import GRDB

/// Commits the writes of many callers together: each waits until its own is on disk, but one flush of the disk serves all
/// that came while the one before was under way.
package actor GroupCommit {
  private typealias Change = @Sendable (Database) throws -> Void
  private let pool: DatabasePool
  private var waiting: [(change: Change, done: CheckedContinuation<Void, any Error>)] = []
  private var isWriting = false

  package init(pool: DatabasePool) { self.pool = pool }

  /// Runs `change` in a transaction, possibly with those of others, and returns when it is on disk.
  /// - Throws: what `change` or the commit throws; a failing change does not disturb the others.
  package func write<Value: Sendable>(_ change: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    let box = ResultBox<Value>()
    try await withCheckedThrowingContinuation { done in
      waiting.append(
        (
          { db in
            box.result = Result { try change(db) }
            _ = try box.result?.get()
          }, done
        ))
      guard !isWriting else { return }
      isWriting = true
      // Not a child of the first caller: it goes on for the others when that one is done or cancelled.
      Task { await drain() }
    }
    guard let result = box.result else { throw DatabaseError(message: "the write did not run") }
    return try result.get()
  }

  private func drain() async {
    while !waiting.isEmpty {
      let batch = waiting
      waiting = []
      do {
        try await pool.write { db in
          for entry in batch {
            // A change that fails is rolled back alone; its caller finds the error in its box.
            try? db.inSavepoint {
              try entry.change(db)
              return .commit
            }
          }
        }
        for entry in batch { entry.done.resume() }
      } catch {
        for entry in batch { entry.done.resume(throwing: error) }
      }
    }
    isWriting = false
  }
}

/// Carries a value out of the writer's queue. Unchecked: written on that queue before the continuation that orders the
/// reading after it is resumed.
private final class ResultBox<Value: Sendable>: @unchecked Sendable {
  var result: Result<Value, any Error>?
}
