import FoundationEssentials
import GRDB
package import LocalAPI
package import PeerModel

extension AuditLog {
  /// Which entries are wanted.
  package struct Filter: Sendable {
    package var after: Int64?
    package var since: Int?
    /// What the peer did, or what was done to it.
    package var peer: PeerID?
    package var caller: String?
    package var isFailed = false
    package var withLooks = false
    package init() {}

    fileprivate var sql: (conditions: String, arguments: StatementArguments) {
      var conditions = ["1"]
      var arguments: StatementArguments = []
      func add(_ condition: String, _ values: StatementArguments) {
        conditions.append(condition)
        arguments += values
      }
      if let after { add("id > ?", [after]) }
      if let since { add("at >= ?", [since]) }
      if let peer {
        add("(caller = ? OR target = ? OR subject = ?)", [peer.description, peer.description, peer.description])
      }
      if let caller { add("caller = ?", [caller]) }
      // A look that its caller broke off is no failure.
      if isFailed { add("outcome <> 'ok' AND NOT (isLook AND outcome = 'cancelled')", []) }
      if !withLooks { add("isLook = 0", []) }
      return (conditions.joined(separator: " AND "), arguments)
    }
  }

  /// The newest entries that fit, oldest first.
  package func list(_ filter: Filter, limit: Int) async throws -> [AuditLine] {
    await flush()
    return try await lines(filter, order: "DESC", limit: limit).reversed()
  }

  /// The entries that fit after `number`, oldest first.
  func next(after number: Int64, _ filter: Filter) async throws -> [AuditLine] {
    var filter = filter
    filter.after = number
    return try await lines(filter, order: "ASC", limit: 1000)
  }

  private func lines(_ filter: Filter, order: String, limit: Int) async throws -> [AuditLine] {
    let (conditions, arguments) = filter.sql
    return try await pool.read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM audit WHERE \(conditions) ORDER BY id \(order) LIMIT \(limit)", arguments: arguments
      ).map(Self.line)
    }
  }

  /// What the peer did here and what was done on it, oldest first; nothing of who asked for it here.
  func entries(about peer: PeerID, after number: Int64, since: Int, limit: Int) async throws -> [AuditLine] {
    try await pool.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM audit WHERE isLook = 0 AND (caller = ?1 OR target = ?1) AND id > ?2 AND at >= ?3
            AND operation NOT IN ('pin', 'accept')
          ORDER BY id LIMIT ?4
          """, arguments: [peer.description, number, since, limit]
      ).map(Self.line)
    }
  }

  /// The number of the newest entry.
  func newest() async throws -> Int64 { try await pool.read { try AuditChain.head($0).number } }

  /// Tells each time entries have been written, until the sequence is dropped.
  func changes() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let observation = DatabaseRegionObservation(tracking: Table("audit")).start(in: pool) { _ in
    } onChange: { _ in
      continuation.yield()
    }
    continuation.onTermination = { _ in observation.cancel() }
    return stream
  }

  private static func line(_ row: Row) -> AuditLine {
    let entry = AuditEntry(row: row)
    let hash: Data? = Data.fromDatabaseValue(row["hash"])
    return AuditLine(
      number: Int.fromDatabaseValue(row["id"]) ?? 0, time: entry.at, caller: entry.caller, operation: entry.operation,
      target: entry.target.flatMap { PeerID($0) }, subject: entry.subject, request: entry.request,
      outcome: entry.outcome, count: entry.count, isLook: entry.isLook,
      hash: Hexadecimal.text(hash.map(Array.init) ?? []))
  }
}
