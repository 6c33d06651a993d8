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
    migrator.registerMigration("outcomes are bounded for each peer") { db in
      try db.execute(
        sql: """
          ALTER TABLE outcome ADD COLUMN isReadOnly INTEGER NOT NULL DEFAULT 0;
          CREATE INDEX outcomeReadOnly ON outcome (peer, startedAt) WHERE isReadOnly = 1;
          CREATE INDEX outcomeWithResult ON outcome (peer, startedAt) WHERE length(response) > 4;
          CREATE TABLE outcomeTotal (
            peer TEXT PRIMARY KEY NOT NULL,
            count INTEGER NOT NULL,
            bytes INTEGER NOT NULL
          ) WITHOUT ROWID;
          INSERT INTO outcomeTotal
            SELECT peer, count(*), sum(coalesce(length(response), 0)) FROM outcome GROUP BY peer;
          CREATE TRIGGER outcomeAdded AFTER INSERT ON outcome BEGIN
            INSERT INTO outcomeTotal VALUES (NEW.peer, 1, coalesce(length(NEW.response), 0))
              ON CONFLICT (peer) DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
          END;
          CREATE TRIGGER outcomeChanged AFTER UPDATE OF response ON outcome BEGIN
            UPDATE outcomeTotal
              SET bytes = bytes - coalesce(length(OLD.response), 0) + coalesce(length(NEW.response), 0)
              WHERE peer = NEW.peer;
          END;
          CREATE TRIGGER outcomeRemoved AFTER DELETE ON outcome BEGIN
            UPDATE outcomeTotal SET count = count - 1, bytes = bytes - coalesce(length(OLD.response), 0)
              WHERE peer = OLD.peer;
            DELETE FROM outcomeTotal WHERE peer = OLD.peer AND count = 0;
          END;
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
    migrator.registerMigration("audit chain: targets, request ids, looks, hashes") { db in try AuditChain.migrate(db) }
    migrator.registerMigration("addresses where peers proved their keys") { db in
      try db.execute(
        sql: """
          CREATE TABLE address (
            peer TEXT NOT NULL,
            host TEXT NOT NULL,
            port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
            place INTEGER NOT NULL,
            PRIMARY KEY (peer, place)
          ) WITHOUT ROWID;
          CREATE TRIGGER peerRemoved AFTER DELETE ON peer BEGIN
            DELETE FROM address WHERE peer = OLD.id;
          END;
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
    migrator.registerMigration("tasks") { db in try TaskStore.migrate(db) }
    migrator.registerMigration("context") { db in try ContextMigration.migrate(db) }
    migrator.registerMigration("documents") { db in try DocumentMigration.migrate(db) }
    migrator.registerMigration("tools that were used, and skills that peers offer") { db in
      try db.execute(
        sql: """
          CREATE TABLE toolPin (
            source TEXT NOT NULL,
            skill TEXT NOT NULL,
            tool TEXT NOT NULL,
            digest TEXT NOT NULL,
            description BLOB NOT NULL,
            pinnedAt INTEGER NOT NULL,
            acceptedBy TEXT,
            PRIMARY KEY (source, skill, tool)
          ) WITHOUT ROWID;
          CREATE TABLE offer (
            peer TEXT PRIMARY KEY NOT NULL,
            version TEXT,
            fetchedAt INTEGER NOT NULL,
            skills BLOB NOT NULL
          ) WITHOUT ROWID;
          CREATE TRIGGER peerForgotten AFTER DELETE ON peer BEGIN
            DELETE FROM offer WHERE peer = OLD.id;
          END;
          CREATE TRIGGER peerRefused AFTER UPDATE OF status ON peer WHEN NEW.status IN ('rejected', 'blocked') BEGIN
            DELETE FROM offer WHERE peer = NEW.id;
          END;
          """)
    }
    return migrator
  }
}
