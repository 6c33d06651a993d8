import FoundationEssentials
import GRDB
package import PeerModel

/// Taking in what other nodes bring.
extension ContextLog {
  /// Takes verified records in, all of them or none: each continues its log, or is there already.
  /// - Parameter via: the peer that brings them, whoever wrote them.
  /// - Returns: how many were new.
  /// - Throws: ``NodeError`` `invalid_arguments` for a gap, `limit_reached` for more than the peer may bring; what the
  ///   database throws.
  package func merge(_ records: [ContextRecord], via peer: PeerID) async throws -> Int {
    guard !records.isEmpty else { return 0 }
    return try await writer.write { [limits] db in
      var count = 0
      for record in records {
        let last = try Self.counter(record.id.scope, record.id.origin, in: db)
        guard record.id.counter > last else { continue }
        guard record.id.counter == last + 1 else {
          throw NodeError(.invalidArguments, "/entries: \(record.id) does not follow \(last), the last one here")
        }
        // Kept before its place in the log is reached: without it, the entry could not be passed on.
        if let removal = record.removal { try Self.insert(removal, via: peer, in: db) }
        try Self.insert(record, via: peer, in: db)
        try Self.advance(record, via: peer, in: db)
        count += 1
      }
      if count > 0 { try Self.checkLimits(peer, limits, in: db) }
      return count
    }
  }

  // MARK: Rows

  static func counter(_ scope: ContextScope, _ origin: PeerID, in db: Database) throws -> Int {
    try Int.fetchOne(
      try db.cachedStatement(sql: "SELECT counter FROM contextLog WHERE scope = ? AND origin = ?"),
      arguments: [scope.rawValue, origin.description]) ?? 0
  }

  static func vector(_ scopes: Set<ContextScope>, in db: Database) throws -> ContextVector {
    var vector = ContextVector()
    for row in try Row.fetchAll(db, sql: "SELECT scope, origin, counter FROM contextLog") {
      let (scope, origin): (String, String) = (row["scope"], row["origin"])
      guard let scope = ContextScope(rawValue: scope), let origin = PeerID(origin), scopes.contains(scope) else {
        continue
      }
      vector[scope, origin] = row["counter"]
    }
    return vector
  }

  /// Puts a record in its place unless it is there, and takes the text off what it removes.
  static func insert(_ record: ContextRecord, via peer: PeerID?, in db: Database) throws {
    let (scope, origin) = (record.id.scope.rawValue, record.id.origin.description)
    var values: [(any DatabaseValueConvertible)?] = [scope, origin, record.id.counter]
    switch record.content {
    case .entry(let entry):
      values += [
        entry.session, entry.role.rawValue, entry.text, Data(entry.textHash), nil, entry.removal?.counter,
      ]
    case .removal(let target): values += [nil, nil, nil, nil, target, nil]
    }
    values += [record.createdAt, Data(record.signature), peer?.description ?? "", overhead + record.textBytes]
    try db.cachedStatement(
      sql: """
        INSERT OR IGNORE INTO context
          (scope, origin, counter, session, role, text, textHash, removes, removedBy, createdAt, signature, via, bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: StatementArguments(values))
    guard case .removal(let target) = record.content else { return }
    try db.cachedStatement(
      sql: """
        UPDATE context SET text = NULL, removedBy = ?4, bytes = ?5
        WHERE scope = ?1 AND origin = ?2 AND counter = ?3 AND text IS NOT NULL
        """
    ).execute(arguments: [scope, origin, target, record.id.counter, overhead])
  }

  /// What a record takes beside its text, bytes.
  private static let overhead = 256

  /// The log is complete up to this record.
  static func advance(_ record: ContextRecord, via peer: PeerID?, in db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT INTO contextLog (scope, origin, counter, key, via) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (scope, origin) DO UPDATE SET counter = ?3
        """
    ).execute(
      arguments: [
        record.id.scope.rawValue, record.id.origin.description, record.id.counter, Data(record.key.der),
        peer?.description ?? "",
      ])
  }

  private static func checkLimits(_ peer: PeerID, _ limits: Limits, in db: Database) throws {
    let own = try Row.fetchOne(
      db, sql: "SELECT count, bytes FROM contextTotal WHERE via = ?", arguments: [peer.description])
    let (records, bytes): (Int, Int) = (own?["count"] ?? 0, own?["bytes"] ?? 0)
    guard records <= limits.records, bytes <= limits.bytes else {
      throw full("this peer", "\(limits.records) entries and \(limits.bytes >> 20) MiB of context")
    }
    let logs = try Int.fetchOne(
      db, sql: "SELECT count(*) FROM contextLog WHERE via = ?", arguments: [peer.description])
    guard logs ?? 0 <= limits.logs else { throw full("this peer", "\(limits.logs) logs of context") }
    let all = try Int.fetchOne(db, sql: "SELECT sum(bytes) FROM contextTotal WHERE via <> ''")
    let allLogs = try Int.fetchOne(db, sql: "SELECT count(*) FROM contextLog WHERE via <> ''")
    guard all ?? 0 <= limits.allBytes, allLogs ?? 0 <= limits.allLogs else {
      throw full("all peers together", "\(limits.allBytes >> 20) MiB and \(limits.allLogs) logs of context")
    }
  }

  private static func full(_ whose: String, _ what: String) -> NodeError {
    NodeError(.limitReached, "this node takes at most \(what) from \(whose)", hint: "r context")
  }
}
