import FoundationEssentials
import GRDB

extension AuditChain {
  /// Gives the audit log its chain. Entries from before are hashed as they stand.
  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        ALTER TABLE audit ADD COLUMN target TEXT;
        ALTER TABLE audit ADD COLUMN request TEXT;
        ALTER TABLE audit ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE audit ADD COLUMN isLook INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE audit ADD COLUMN hash BLOB;
        CREATE INDEX auditByRequest ON audit (request) WHERE request IS NOT NULL;
        INSERT INTO meta (key, value) VALUES ('audit begin', strftime('%s', 'now'));
        """)
    var previous = genesis
    for number in try Int64.fetchAll(db, sql: "SELECT id FROM audit ORDER BY id") {
      guard let row = try Row.fetchOne(db, sql: "\(selection) WHERE id = ?", arguments: [number]),
        let fields = fields(row)
      else { continue }
      previous = hash(fields, after: previous)
      try db.execute(sql: "UPDATE audit SET hash = ? WHERE id = ?", arguments: [Data(previous), number])
    }
  }

  /// Since when calls are recorded on both sides with their request ids, seconds since 1970.
  static func begin(_ db: Database) throws -> Int {
    try Int.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'audit begin'") ?? 0
  }
}
