import GRDB
import PeerModel

/// Which call between two nodes: its id, and who called.
struct CallKey: Hashable, Sendable {
  var request: String
  /// Whether this node called, and not the other.
  var isOutgoing: Bool
}

/// What one side has recorded of a call.
struct CallRecord: Hashable, Sendable {
  var subject: String?
  /// Seconds since 1970.
  var time: Int
  var outcome: String
}

extension AuditLog {
  /// Calls that are compared at one time.
  static let maximumCompared = 50_000

  /// The calls between this node and a peer from `since` on; of requests that came twice, what came of the first.
  /// - Throws: ``NodeError`` `limit_reached` when there are too many to compare.
  func calls(with peer: PeerID, since: Int) async throws -> [CallKey: CallRecord] {
    await flush()
    let entries = try await pool.read { db in
      try AuditEntry.fetchAll(
        db, sql: "\(Self.calls) AND at >= ?2 ORDER BY id LIMIT \(Self.maximumCompared + 1)",
        arguments: [peer.description, since])
    }
    guard entries.count <= Self.maximumCompared else { throw Self.tooMany }
    var calls: [CallKey: CallRecord] = [:]
    for entry in entries { calls.add(entry) }
    return calls
  }

  /// The same for single requests, whenever they were.
  func calls(with peer: PeerID, requests: [String]) async throws -> [CallKey: CallRecord] {
    try await pool.read { db in
      var calls: [CallKey: CallRecord] = [:]
      for request in requests {
        let entries = try AuditEntry.fetchAll(
          db, sql: "\(Self.calls) AND request = ?2 ORDER BY id", arguments: [peer.description, request])
        for entry in entries { calls.add(entry) }
      }
      return calls
    }
  }

  /// From when on everything is kept, seconds since 1970.
  func keptSince() async throws -> Int {
    try await pool.read { db in
      let begin = try AuditChain.begin(db)
      guard try AuditChain.anchor(db).number > 0 else { return begin }
      // Of the oldest second that is here, some may be gone.
      let oldest = try Int.fetchOne(db, sql: "SELECT at FROM audit ORDER BY id LIMIT 1") ?? Clock.now
      return max(begin, oldest + 1)
    }
  }

  static let tooMany = NodeError(
    .limitReached, "there are more than \(maximumCompared) calls to compare", hint: "r audit compare PEER --since 1d")

  private static let calls = """
    SELECT * FROM audit WHERE request IS NOT NULL AND isLook = 0
      AND ((operation = 'skill' AND caller = ?1) OR (operation = 'call' AND target = ?1))
    """
}

extension [CallKey: CallRecord] {
  fileprivate mutating func add(_ entry: AuditEntry) {
    guard let request = entry.request else { return }
    add(
      CallKey(request: request, isOutgoing: entry.operation == "call"),
      CallRecord(subject: entry.subject, time: entry.at, outcome: entry.outcome))
  }

  /// The first outcome counts, except that a repeat may be refused before the first attempt is at its end.
  mutating func add(_ key: CallKey, _ record: CallRecord) {
    if let known = self[key], known.outcome != ErrorCode.conflict.rawValue { return }
    self[key] = record
  }
}
