import Crypto
import FoundationEssentials
package import GRDB

/// The hash chain over the audit log: each entry's hash covers the one before, so nothing in the middle can be changed,
/// removed or put in without every later hash being wrong.
package enum AuditChain {
  /// The hash before the first entry.
  package static let genesis = [UInt8](repeating: 0, count: SHA256.byteCount)
  private static let label = "rd audit 1"

  /// What the oldest entry that is kept stands on: the number and hash of the last one that was pruned.
  package struct Anchor: Sendable, Hashable {
    package var number: Int64 = 0
    package var hash = AuditChain.genesis
  }

  /// The fields of one entry in the order in which they are hashed, as the database has them; nil where it has nothing.
  struct Fields {
    var number: Int64
    var at: Int64
    var caller: [UInt8]
    var operation: [UInt8]
    var target: [UInt8]?
    var subject: [UInt8]?
    var request: [UInt8]?
    var outcome: [UInt8]
    var count: Int64
    var isLook: Bool
  }

  /// SHA-256 over the label, the hash before and every field, each behind its length (``Transcript/encode(_:_:)``).
  /// Numbers are decimal text; a field that may be absent is empty then, and has `+` in front of it otherwise.
  static func hash(_ fields: Fields, after previous: [UInt8]) -> [UInt8] {
    func decimal(_ number: Int64) -> [UInt8] { Array(String(number).utf8) }
    func optional(_ text: [UInt8]?) -> [UInt8] { text.map { [UInt8(ascii: "+")] + $0 } ?? [] }
    let bytes = Transcript.encode(
      label,
      [
        previous, decimal(fields.number), decimal(fields.at), fields.caller, fields.operation, optional(fields.target),
        optional(fields.subject), optional(fields.request), fields.outcome, decimal(fields.count),
        decimal(fields.isLook ? 1 : 0),
      ])
    return Array(SHA256.hash(data: bytes))
  }
}

extension AuditEntry {
  /// Adds the entry at the end of the chain, in the caller's transaction.
  package func append(to db: Database) throws {
    let last = try AuditChain.head(db)
    let number = last.number + 1
    let hash = AuditChain.hash(
      AuditChain.Fields(
        number: number, at: Int64(at), caller: Array(caller.utf8), operation: Array(operation.utf8),
        target: target.map { Array($0.utf8) }, subject: subject.map { Array($0.utf8) },
        request: request.map { Array($0.utf8) }, outcome: Array(outcome.utf8), count: Int64(count), isLook: isLook),
      after: last.hash)
    try db.cachedStatement(
      sql: """
        INSERT INTO audit (id, at, caller, operation, target, subject, request, outcome, count, isLook, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [number, at, caller, operation, target, subject, request, outcome, count, isLook ? 1 : 0, Data(hash)])
  }
}

extension AuditChain {
  /// The newest entry's number and hash; the anchor's when there is no entry.
  static func head(_ db: Database) throws -> Anchor {
    let newest = try db.cachedStatement(sql: "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
    guard let row = try Row.fetchOne(newest) else { return try anchor(db) }
    let hash: Data? = Data.fromDatabaseValue(row["hash"])
    return Anchor(number: Int64.fromDatabaseValue(row["id"]) ?? 0, hash: hash.map(Array.init) ?? [])
  }

  private static let anchorKey = "audit anchor"

  /// 8 bytes of the number, big-endian, and the hash.
  static func anchor(_ db: Database) throws -> Anchor {
    let value = try Data.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [anchorKey])
    guard let value, value.count == 8 + SHA256.byteCount else { return Anchor() }
    let number = value.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Anchor(number: Int64(bitPattern: number), hash: Array(value.dropFirst(8)))
  }

  private static func setAnchor(_ anchor: Anchor, _ db: Database) throws {
    let number = withUnsafeBytes(of: anchor.number.bigEndian) { Data($0) }
    try db.execute(
      sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
      arguments: [anchorKey, number + Data(anchor.hash)])
  }

  /// Forgets up to `limit` of the oldest entries: those from before `cutoff`, and those beyond the newest `maximum`. The
  /// chain goes on from the anchor.
  /// - Parameter cutoff: seconds since 1970.
  /// - Returns: whether there are more to forget.
  static func prune(before cutoff: Int, keeping maximum: Int, limit: Int, _ db: Database) throws -> Bool {
    let youngest = try Int64.fetchOne(
      db, sql: "SELECT id FROM audit WHERE at >= ? ORDER BY id LIMIT 1", arguments: [cutoff])
    let head = try head(db).number
    let bound = max((youngest ?? head + 1) - 1, head - Int64(maximum))
    let doomed = try Row.fetchAll(
      db, sql: "SELECT id, hash FROM audit WHERE id <= ? ORDER BY id LIMIT ?", arguments: [bound, limit])
    guard let last = doomed.last, let number = Int64.fromDatabaseValue(last["id"]) else { return false }
    let hash: Data? = Data.fromDatabaseValue(last["hash"])
    try setAnchor(Anchor(number: number, hash: hash.map(Array.init) ?? []), db)
    try db.execute(sql: "DELETE FROM audit WHERE id <= ?", arguments: [number])
    return doomed.count == limit
  }
}
