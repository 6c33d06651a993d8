import FoundationEssentials
package import GRDB
package import PeerModel

/// The one database of a node: SQLite in WAL mode, every commit on disk before it is acknowledged.
package struct Store: Sendable {
  package let pool: DatabasePool

  /// Opens `rd.sqlite` in the state folder and brings its schema up to date.
  /// - Throws: ``NodeError`` `configuration` with what to do when the file is damaged or from a newer version.
  package init(directory: String) throws(NodeError) {
    let path = directory + "/rd.sqlite"
    do {
      var configuration = GRDB.Configuration()
      configuration.maximumReaderCount = 4
      // Somebody may look into the file with another program.
      configuration.busyMode = .timeout(5)
      configuration.prepareDatabase { db in
        // What was acknowledged survives power loss, not only the process's death.
        try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF")
      }
      pool = try DatabasePool(path: path, configuration: configuration)
      // Turning WAL on sets the writer back to NORMAL, after the preparation above.
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      try Migrations.migrator.migrate(pool)
      let isNewer = try pool.read { try Migrations.migrator.hasBeenSuperseded($0) }
      guard !isNewer else {
        throw NodeError(
          .configuration, "the database was written by a newer rd", hint: "install that version again, or a newer one")
      }
    } catch let error as NodeError { throw error } catch {
      throw NodeError(
        .configuration, "the database \(path) cannot be opened: \(error)",
        hint: "restore it from a backup, or move it away to begin with no peers: mv \(path) \(path).bad")
    }
  }

  /// A secret of this node, made at first use and kept.
  /// - Throws: what the database throws.
  package func secret(_ name: String, count: Int) throws -> [UInt8] {
    try pool.write { db in
      if let stored = try Data.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [name]) {
        return Array(stored)
      }
      let made = Random.bytes(count)
      try db.execute(sql: "INSERT INTO meta (key, value) VALUES (?, ?)", arguments: [name, Data(made)])
      return made
    }
  }
}
