import GRDB

/// The schema's history: append only, since databases of every released version must open for ever.
enum Migrations {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1: peers, outcomes, audit") { db in
      try db.execute(
        sql: """
          CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
          CREATE TABLE peer (
            id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'peer-*' AND length(id) = 37),
            name TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('discovered', 'pending', 'approved', 'rejected', 'blocked')),
            trust INTEGER NOT NULL CHECK (trust IN (0, 10, 50, 75, 100)),
            epoch INTEGER NOT NULL,
            publicKey BLOB,
            host TEXT NOT NULL,
            port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),
            isAdded INTEGER NOT NULL,
            version TEXT,
            skills TEXT NOT NULL,
            firstSeen INTEGER NOT NULL,
            lastSeen INTEGER,
            requestedAt INTEGER,
            requestAddress TEXT,
            approvedBy TEXT,
            CHECK ((status = 'approved') = (trust >= 50)),
            CHECK ((status = 'pending') = (trust = 10)),
            CHECK (status <> 'pending' OR requestedAt IS NOT NULL)
          ) WITHOUT ROWID;
          CREATE TABLE outcome (
            peer TEXT NOT NULL,
            request TEXT NOT NULL,
            startedAt INTEGER NOT NULL,
            response BLOB,
            PRIMARY KEY (peer, request)
          ) WITHOUT ROWID;
          CREATE INDEX outcomeByAge ON outcome (startedAt);
          CREATE TABLE audit (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            caller TEXT NOT NULL,
            operation TEXT NOT NULL,
            subject TEXT,
            outcome TEXT NOT NULL
          );
          """)
    }
    migrator.registerMigration("rotations of peers") { db in
      try db.execute(
        sql: """
          CREATE TABLE rotation (
            oldPeer TEXT PRIMARY KEY NOT NULL,
            newPeer TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            followedAt INTEGER NOT NULL
          ) WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("invitations") { db in
      try db.execute(
        sql: """
          CREATE TABLE invitation (
            id TEXT PRIMARY KEY NOT NULL,
            key BLOB NOT NULL CHECK (length(key) = 10),
            level INTEGER NOT NULL CHECK (level IN (50, 75, 100)),
            createdAt INTEGER NOT NULL,
            expiresAt INTEGER NOT NULL,
            createdBy TEXT NOT NULL
          ) WITHOUT ROWID;
          """)
    }
    return migrator
  }
}
