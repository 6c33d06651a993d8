import FoundationEssentials
import GRDB
import LocalAPI
import PeerModel

/// The tasks on disk. What it has accepted is there after a power loss; what has not changed anything runs again then.
package struct TaskStore: Sendable {
  /// How long an ended task is kept, seconds.
  package static let lifetime = 7 * 86_400
  /// Tasks of one caller that are kept, and those of them that have not ended.
  package static let maximumCount = 1000
  package static let maximumOpen = 32

  private let pool: DatabasePool

  package init(store: Store) { pool = store.pool }

  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE task (
          id TEXT PRIMARY KEY NOT NULL,
          caller TEXT NOT NULL,
          request TEXT,
          peer TEXT,
          remote TEXT,
          task TEXT NOT NULL,
          agent TEXT,
          context TEXT,
          timeout INTEGER NOT NULL CHECK (timeout > 0),
          state TEXT NOT NULL
            CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
          isPatient INTEGER NOT NULL,
          isTouched INTEGER NOT NULL DEFAULT 0,
          result TEXT,
          error BLOB,
          createdAt INTEGER NOT NULL,
          startedAt INTEGER,
          endedAt INTEGER,
          duration REAL
        );
        CREATE UNIQUE INDEX taskRequest ON task (caller, request) WHERE request IS NOT NULL;
        CREATE INDEX taskOfCaller ON task (caller, createdAt);
        CREATE INDEX taskOpen ON task (state) WHERE state IN ('queued', 'running');
        """)
  }

  /// Accepts a task: it is on disk when this returns.
  /// - Parameter note: an entry of the audit log that belongs to the acceptance.
  /// - Returns: the task, and whether it is new: the same request of the same caller is the same task.
  /// - Throws: ``NodeError`` `conflict` for another task under the same request id, `rate_limited` when the caller has as
  ///   many open as it may; what the database throws.
  func add(_ record: TaskRecord, note: AuditEntry?) async throws -> (record: TaskRecord, isNew: Bool) {
    try await pool.write { db in
      if let request = record.request,
        let earlier = try TaskRecord.fetchOne(
          db, sql: "SELECT * FROM task WHERE caller = ? AND request = ?", arguments: [record.caller, request])
      {
        guard (earlier.task, earlier.context, earlier.peer) == (record.task, record.context, record.peer) else {
          throw NodeError(.conflict, "another task has this request_id", hint: "use a new request_id for a new task")
        }
        return (earlier, false)
      }
      try Self.makeRoom(for: record.caller, db)
      try record.insert(db)
      try note?.append(to: db)
      return (record, true)
    }
  }

  private static func makeRoom(for caller: String, _ db: Database) throws {
    try db.execute(sql: "DELETE FROM task WHERE endedAt < ?", arguments: [Clock.now - lifetime])
    let open = try Int.fetchOne(
      db, sql: "SELECT count(*) FROM task WHERE caller = ? AND state IN ('queued', 'running')", arguments: [caller])
    guard (open ?? 0) < maximumOpen else {
      throw NodeError(
        .rateLimited, "\(maximumOpen) tasks of this caller are open already", hint: "r tasks --open", retryAfter: 5)
    }
    try db.execute(
      sql: """
        DELETE FROM task WHERE id IN (
          SELECT id FROM task WHERE caller = ? AND endedAt IS NOT NULL ORDER BY createdAt DESC, id LIMIT -1 OFFSET ?)
        """, arguments: [caller, maximumCount - 1])
  }

  /// - Throws: ``NodeError`` `not_found`; what the database throws.
  func get(_ id: TaskID, of caller: String? = nil) async throws -> TaskRecord {
    let found = try await pool.read { db in try TaskRecord.fetchOne(db, key: id.text) }
    guard let found, caller == nil || found.caller == caller else {
      throw NodeError(.notFound, "there is no task \(id)", hint: "r tasks")
    }
    return found
  }

  /// Newest first.
  func list(isOpen: Bool, limit: Int) async throws -> [TaskRecord] {
    try await pool.read { db in
      try TaskRecord.fetchAll(
        db,
        sql: """
          SELECT * FROM task \(isOpen ? "WHERE state IN ('queued', 'running')" : "")
          ORDER BY createdAt DESC, rowid DESC LIMIT ?
          """, arguments: [limit])
    }
  }

  /// The task runs from now on.
  func start(_ id: String) async throws {
    try await pool.write { db in
      try db.execute(
        sql: "UPDATE task SET state = 'running', startedAt = ?, isTouched = 0 WHERE id = ?",
        arguments: [Clock.now, id])
    }
  }

  /// From now on it must not run twice.
  func touch(_ id: String) async throws {
    try await pool.write { db in
      try db.execute(sql: "UPDATE task SET isTouched = 1 WHERE id = ?", arguments: [id])
    }
  }

  /// The peer has accepted the task under that id.
  func note(remote: TaskID, of id: String) async throws {
    try await pool.write { db in
      try db.execute(sql: "UPDATE task SET remote = ? WHERE id = ?", arguments: [remote.text, id])
    }
  }

  /// Keeps what came of it, together with its entry in the audit log; the first outcome counts.
  func finish(
    _ id: String, _ outcome: TaskOutcome, agent: String?, milliseconds: Double?, audit: AuditEntry
  ) async throws {
    try await pool.write { db in
      guard var record = try TaskRecord.fetchOne(db, key: id), !record.taskState.isEnded else { return }
      (record.state, record.endedAt, record.duration) = (outcome.state.rawValue, Clock.now, milliseconds)
      if let agent { record.agent = agent }
      if case .done(let text) = outcome { record.result = text }
      record.error = outcome.error.map { Data($0.problem.bytes) }
      try record.update(db)
      try audit.append(to: db)
    }
  }

  /// What is open after a start: what may have changed something ends as interrupted, all else waits anew.
  func recover() async throws -> [TaskRecord] {
    try await pool.write { db in
      let open = try TaskRecord.fetchAll(
        db, sql: "SELECT * FROM task WHERE state IN ('queued', 'running') ORDER BY createdAt, rowid")
      var waiting: [TaskRecord] = []
      for var record in open {
        if record.isTouched {
          let outcome = TaskOutcome.interrupted
          (record.state, record.endedAt) = (outcome.state.rawValue, Clock.now)
          record.error = outcome.error.map { Data($0.problem.bytes) }
          let entry = AuditEntry(
            caller: record.caller, operation: TaskRunner.operation, subject: record.id, request: record.request,
            outcome: outcome.state.rawValue, at: Clock.now)
          try entry.append(to: db)
        } else {
          record.state = TaskState.queued.rawValue
          waiting.append(record)
        }
        try record.update(db)
      }
      return waiting
    }
  }
}
