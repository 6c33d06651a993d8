import FoundationEssentials
import GRDB
import LocalAPI
import PeerModel
import Synchronization

/// Remembers what came of each peer's requests, so that the same request never runs twice, across restarts.
///
/// What is kept of one peer is bounded. Above the limit of bytes its oldest results go, and their ids stay: a repeat is
/// refused. Above the limit of requests the oldest of those go that changed nothing; where all may have changed something,
/// a new one is refused rather than an old one forgotten.
package final class OutcomeLog: Sendable {
  /// How long an outcome is kept, seconds.
  package static let lifetime = 24 * 3600
  /// Largest outcome that is kept, bytes of JSON.
  package static let maximumSize = 1 << 20

  /// What is kept of one peer.
  package struct Limits: Hashable, Sendable {
    package var requests = 100_000
    /// Bytes of results.
    package var bytes = 64 << 20
    package init() {}
  }

  private let limits: Limits
  private let commits: GroupCommit
  private let pool: DatabasePool
  private let running = Mutex<Set<String>>([])

  package init(store: Store, limits: Limits = Limits()) {
    self.limits = limits
    pool = store.pool
    commits = GroupCommit(pool: store.pool)
  }

  /// Notes that a request starts: durable before anything runs, where running it again after a crash could do harm.
  /// - Parameter isReadOnly: the tool changes nothing, so there is nothing to guard until there is an outcome.
  /// - Returns: the outcome of an earlier request with the same id, nil when this is the first.
  /// - Throws: ``NodeError`` `conflict` when the earlier one still runs, was interrupted, or its result is not kept;
  ///   `rate_limited` when as many requests as are remembered may have changed something.
  func begin(_ request: String, of peer: PeerID, isReadOnly: Bool) async throws -> SkillResult? {
    let key = "\(peer) \(request)"
    guard running.withLock({ $0.insert(key).inserted }) else {
      throw NodeError(.conflict, "this request is running", hint: "wait for its first answer", retryAfter: 1)
    }
    do {
      let earlier: JSONValue?? =
        if isReadOnly {
          try await pool.read { try Self.find(request, of: peer, in: $0) }
        } else {
          try await commits.write { [limits] db in
            if let earlier = try Self.find(request, of: peer, in: db) { return earlier }
            guard try Self.makeRoom(for: peer, limits, in: db) else { throw Self.full }
            try db.cachedStatement(sql: "INSERT INTO outcome (peer, request, startedAt) VALUES (?, ?, ?)")
              .execute(arguments: [peer.description, request, Clock.now])
            return .none
          }
        }
      guard let earlier else { return nil }
      running.withLock { _ = $0.remove(key) }
      guard let earlier else {
        throw NodeError(
          .conflict, "this request was interrupted by a restart of the node and is not run again",
          hint: "send it with a new request_id")
      }
      guard earlier != .null else {
        throw NodeError(
          .conflict, "this request has run; its result is not kept",
          hint: "send it with a new request_id")
      }
      if let failure = NodeError(problem: earlier) { throw failure }
      return try SkillResult(json: earlier)
    } catch {
      if !(error is NodeError) || (error as? NodeError) == Self.full { running.withLock { _ = $0.remove(key) } }
      throw error
    }
  }

  /// Nil when the request is not known, an inner nil when it has no outcome.
  private static func find(_ request: String, of peer: PeerID, in db: Database) throws -> JSONValue?? {
    let query = try db.cachedStatement(sql: "SELECT response FROM outcome WHERE peer = ? AND request = ?")
    guard let row = try Row.fetchOne(query, arguments: [peer.description, request]) else { return .none }
    let response: Data? = row["response"]
    return .some(try response.map { try JSONParser.parse($0) })
  }

  /// Keeps the outcome and the audit entry; durable before the answer is sent.
  func finish(
    _ request: String?, of peer: PeerID, _ outcome: Result<SkillResult, NodeError>, isReadOnly: Bool, hasFiles: Bool,
    audit: AuditEntry
  ) async throws {
    let bytes =
      switch outcome {
      case .success(let result): result.json.bytes
      case .failure(let error): error.problem.bytes
      }
    defer { if let request { running.withLock { _ = $0.remove("\(peer) \(request)") } } }
    let kept = hasFiles || bytes.count > Self.maximumSize ? Array("null".utf8) : bytes
    try await commits.write { [limits] db in
      // A request that changed nothing and for which there is no room left is forgotten: running it again harms nobody.
      if let request, try !isReadOnly || Self.makeRoom(for: peer, limits, in: db) {
        try db.cachedStatement(sql: "DELETE FROM outcome WHERE startedAt < ?")
          .execute(arguments: [Clock.now - Self.lifetime])
        try db.cachedStatement(
          sql: """
            INSERT INTO outcome (peer, request, startedAt, response, isReadOnly) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (peer, request) DO UPDATE SET startedAt = ?3, response = ?4, isReadOnly = ?5
            """
        ).execute(arguments: [peer.description, request, Clock.now, Data(kept), isReadOnly])
        try Self.dropResults(of: peer, limits, in: db)
      }
      try audit.append(to: db)
    }
    AuditNotes.current?.noteEntry()
  }

  /// Forgets a request that was refused before it ran.
  func abandon(_ request: String?, of peer: PeerID, audit: AuditEntry) async throws {
    defer { if let request { running.withLock { _ = $0.remove("\(peer) \(request)") } } }
    try await commits.write { db in
      if let request {
        try db.execute(
          sql: "DELETE FROM outcome WHERE peer = ? AND request = ? AND response IS NULL",
          arguments: [peer.description, request])
      }
      try audit.append(to: db)
    }
    AuditNotes.current?.noteEntry()
  }
}
