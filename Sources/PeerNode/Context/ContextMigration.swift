import GRDB

/// The tables of context.
enum ContextMigration {
  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE contextLog (
          scope TEXT NOT NULL CHECK (scope IN ('session', 'memory')),
          origin TEXT NOT NULL,
          counter INTEGER NOT NULL CHECK (counter > 0),
          key BLOB NOT NULL,
          via TEXT NOT NULL,
          PRIMARY KEY (scope, origin)
        ) WITHOUT ROWID;
        CREATE TABLE context (
          scope TEXT NOT NULL CHECK (scope IN ('session', 'memory')),
          origin TEXT NOT NULL,
          counter INTEGER NOT NULL CHECK (counter > 0),
          session TEXT,
          role TEXT,
          text TEXT,
          textHash BLOB,
          removes INTEGER,
          removedBy INTEGER,
          createdAt INTEGER NOT NULL,
          signature BLOB NOT NULL,
          via TEXT NOT NULL,
          bytes INTEGER NOT NULL,
          PRIMARY KEY (scope, origin, counter),
          CHECK ((removes IS NULL) = (textHash IS NOT NULL)),
          CHECK (text IS NULL OR removedBy IS NULL),
          CHECK (removes IS NOT NULL OR text IS NOT NULL OR removedBy IS NOT NULL)
        ) WITHOUT ROWID;
        CREATE INDEX contextByTime ON context (createdAt) WHERE text IS NOT NULL;
        CREATE TABLE contextTotal (
          via TEXT PRIMARY KEY NOT NULL,
          count INTEGER NOT NULL,
          bytes INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TRIGGER contextAdded AFTER INSERT ON context BEGIN
          INSERT INTO contextTotal VALUES (NEW.via, 1, NEW.bytes)
            ON CONFLICT (via) DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER contextChanged AFTER UPDATE OF bytes ON context BEGIN
          UPDATE contextTotal SET bytes = bytes - OLD.bytes + NEW.bytes WHERE via = NEW.via;
        END;
        """)
  }
}
