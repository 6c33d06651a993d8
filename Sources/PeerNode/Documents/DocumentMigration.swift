import GRDB

/// The tables of documents.
enum DocumentMigration {
  static func migrate(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE document (
          id TEXT PRIMARY KEY NOT NULL CHECK (id GLOB 'doc-*' AND length(id) = 20),
          name TEXT NOT NULL,
          size INTEGER NOT NULL CHECK (size >= 0),
          hash BLOB NOT NULL CHECK (length(hash) = 32),
          origin TEXT NOT NULL,
          request TEXT,
          addedAt INTEGER NOT NULL,
          UNIQUE (origin, hash, name),
          UNIQUE (origin, request)
        );
        CREATE INDEX documentByHash ON document (hash);
        CREATE TABLE documentShare (
          document TEXT NOT NULL,
          peer TEXT NOT NULL,
          PRIMARY KEY (document, peer)
        ) WITHOUT ROWID;
        CREATE TRIGGER documentRemoved AFTER DELETE ON document BEGIN
          DELETE FROM documentShare WHERE document = OLD.id;
        END;
        """)
  }
}
