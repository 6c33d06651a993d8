import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// The process that opens SQLite files is a run of `rd`, which is built beside these tests.
@Suite(.enabled(if: isInstalled("sqlite3"))) struct SQLiteTests {
  private static let users = """
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, active BOOLEAN DEFAULT 1);
    INSERT INTO users VALUES (1, 'Alice', 'alice@example.com', 1), (2, 'Bob', NULL, 0);
    """

  /// Makes a database with the program of SQLite itself.
  private func make(_ path: String, _ script: String) throws {
    try TextFile.write(script, to: path + ".sql")
    _ = try printed(by: "sqlite3 -bail \(path) < \(path).sql 2>&1")
  }

  private func skill(_ path: String, _ change: (inout Configuration.Database) -> Void = { _ in }) -> SQLSkill {
    var database = Configuration.Database()
    database.url = "sqlite:\(path)"
    change(&database)
    var configuration = Configuration(name: "node")
    configuration.sql.databases["notes"] = database
    return SQLSkill(settings: Settings(configuration))
  }

  /// Runs `body` with the path of a database of that script.
  private func withDatabase(
    _ script: String = users, _ body: (_ path: String, SkillBench) async throws -> Void
  ) async throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/notes.db"
    try make(path, script)
    try await SkillBench.run { try await body(path, $0) }
  }

  @Test func rowsHaveTypesNamesAndAnOrder() async throws {
    try await withDatabase { path, bench in
      let typed = try await bench.call(
        skill(path), "query",
        [
          "query": """
          SELECT 9223372036854775807 AS a, 1.5 AS a, NULL AS a, 'it''s
          "two" lines' AS a, x'00ff' AS a, 9e999 AS a, active AS a, ? AS a, ? AS a FROM users ORDER BY id
          """, "parameters": ["'; DROP TABLE users; --", 7],
        ]
      ).value
      let common: [JSONValue] = [
        .integer(.max), 1.5, .null, "it's\n\"two\" lines", ["base64": "AP8="], "Infinity",
      ]
      let rest: [JSONValue] = ["'; DROP TABLE users; --", 7]
      #expect(typed["rows"] == [.array(common + [true] + rest), .array(common + [false] + rest)])
      #expect(typed["columns"]?.arrayValue?.map { $0["name"] } == Array(repeating: "a", count: 9))
      let cut = try await bench.call(
        skill(path), "query",
        ["query": "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", "limit": 3]
      ).value
      #expect(cut["rows"] == [[1], [2], [3]] && cut["truncated"] == true)
      let table = try await bench.call(
        skill(path), "query", ["query": "SELECT id, name FROM users", "format": "table"]
      ).value
      #expect(table == "| id  | name  |\n|-----|-------|\n| 1   | Alice |\n| 2   | Bob   |\n")
      #expect(try await bench.call(skill(path), "tables").value["rows"] == [["users", "table"]])
      let columns = try await bench.call(skill(path), "schema", ["table": "users"]).value
      #expect(columns["rows"]?.arrayValue?.last == ["active", "BOOLEAN", true, "1", false])
      let missing = await nodeError { try await bench.call(skill(path), "schema", ["table": "nothing"]) }
      #expect(missing?.message == "there is no table nothing")
    }
  }

  @Test func aFileThatACallerSendsIsAsked() async throws {
    try await withDatabase { path, bench in
      let file = try bench.file(try readAll(path), name: "notes.db")
      let none = SQLSkill(settings: Settings(Configuration(name: "node")))
      let names = try await bench.call(none, "query", ["query": "SELECT name FROM users ORDER BY id"], file: file).value
      #expect(names["rows"] == [["Alice"], ["Bob"]])
      let change = await nodeError { try await bench.call(none, "query", ["query": "DELETE FROM users"], file: file) }
      #expect(change?.code == .notAllowed)
      let both = await nodeError {
        try await bench.call(skill(path), "query", ["query": "SELECT 1", "database": "notes"], file: file)
      }
      #expect(both?.code == .invalidArguments)
      let nothing = await nodeError { try await bench.call(none, "query", ["query": "SELECT 1"]) }
      #expect(nothing?.hint?.contains("sql: {databases:") == true)
      let text = try bench.file("no database at all, but long enough to look at its head\n".utf8, name: "a.db")
      let refused = await nodeError {
        try await bench.call(none, "query", ["query": "SELECT * FROM users"], file: text)
      }
      #expect(refused?.message == "file is not a database")
    }
  }

  /// Files with bytes changed at random end in an answer or in an error, never in the end of the daemon.
  @Test func aDamagedFileHarmsNobody() async throws {
    try await withDatabase(Self.users + "CREATE INDEX i ON users (name); CREATE VIEW v AS SELECT * FROM users;") {
      path, bench in
      let whole = try readAll(path)
      let none = SQLSkill(settings: Settings(Configuration(name: "node")))
      for _ in 0..<30 {
        var bytes = whole
        for _ in 0..<40 { bytes[Int.random(in: 16..<bytes.count)] = UInt8.random(in: 0...255) }
        let file = try bench.file(bytes, name: "a.db")
        do {
          _ = try await bench.call(none, "query", ["query": "SELECT * FROM v WHERE name > ''"], file: file)
        } catch let error as NodeError {
          #expect([.skillFailed, .notAllowed, .tooLarge].contains(error.code), "\(error)")
        }
      }
    }
  }

  static let attacks = [
    "ATTACH 'ESCAPED' AS other", "VACUUM INTO 'ESCAPED'", "VACUUM", "SELECT load_extension('ESCAPED')",
    "SELECT writefile('ESCAPED', 'x')", "SELECT readfile('/etc/passwd')", ".shell touch ESCAPED", ".output ESCAPED",
    "\n.shell touch ESCAPED", "SELECT 1; DROP TABLE users", "SELECT 1;\n.shell touch ESCAPED", "DELETE FROM users",
    "DELETE FROM users RETURNING *", "CREATE TEMP TABLE t (a)", "PRAGMA query_only = OFF",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA writable_schema = ON", "PRAGMA user_version = 7", "PRAGMA temp_store_directory = '/tmp'",
    "PRAGMA database_list",
    "SELECT * FROM pragma_database_list", "BEGIN", "COMMIT", "SAVEPOINT s", "DETACH main", "REINDEX",
    "CREATE VIRTUAL TABLE t USING csv(filename = '/etc/passwd')", "INSERT INTO users (name) VALUES ('x')",
    "SELECT * FROM sqlite_dbpage", "UPDATE sqlite_schema SET sql = ''", "ANALYZE", "SELECT 1; SELECT 2", "-- nothing",
    "SELECT fts3_tokenizer('simple')", "EXPLAIN DELETE FROM users; DELETE FROM users", "SELECT ?1",
  ]

  @Test func nothingThatACallerWritesLeavesTheDatabase() async throws {
    try await withDatabase { path, bench in
      let before = try readAll(path)
      let escaped = "/tmp/rd-escaped-\(UInt64.random(in: 0...UInt64.max))"
      for attack in Self.attacks {
        let query = JSONValue.string(attack.replacing("ESCAPED", with: escaped))
        let error = await nodeError { try await bench.call(skill(path), "query", ["query": query]) }
        #expect(
          [.notAllowed, .skillFailed, .invalidArguments].contains(error?.code),
          "\(attack): \(String(describing: error))")
        #expect(error?.message.contains(path) == false, "\(attack)")
        #expect(access(escaped, F_OK) != 0, "\(attack)")
      }
      #expect(try readAll(path) == before)
      for harmless in [
        "PRAGMA table_info(users)", "PRAGMA user_version", "EXPLAIN SELECT 1", "VALUES (1)", "SELECT 1; -- end",
      ] {
        #expect(
          try await bench.call(skill(path), "query", ["query": .string(harmless)]).value["rows"] != nil, "\(harmless)")
      }
    }
  }

  @Test func aChangeNeedsTheConfigurationsConsent() async throws {
    try await withDatabase { path, bench in
      let change: [String: JSONValue] = [
        "query": "UPDATE users SET email = ? WHERE id >= ?", "parameters": ["new", 1],
      ]
      let refused = await nodeError { try await bench.call(skill(path), "execute", change) }
      #expect(refused?.code == .notAllowed && refused?.message.contains("sql.databases.notes.write") == true)
      let writable = skill(path) { $0.write = true }
      #expect(try await bench.call(writable, "execute", change).value["changed"] == 2)
      #expect(
        try printed(by: "sqlite3 \(path) 'SELECT count(*) FROM users WHERE email = \"new\"'") == Array("2\n".utf8))
      let added = try await bench.call(
        writable, "execute", ["query": "INSERT INTO users (name) VALUES ('Zoë') RETURNING id, name"]
      ).value
      #expect(added["rows"] == [[3, "Zoë"]] && added["changed"] == 1)
      let escaped = path + "-escaped"
      for attack in ["ATTACH '\(escaped)' AS o", "VACUUM INTO '\(escaped)'", "PRAGMA writable_schema = ON", "BEGIN"] {
        let error = await nodeError { try await bench.call(writable, "execute", ["query": .string(attack)]) }
        #expect(error?.code == .notAllowed, "\(attack): \(String(describing: error))")
      }
      #expect(access(escaped, F_OK) != 0)
      let asQuery = await nodeError { try await bench.call(writable, "query", ["query": "DELETE FROM users"]) }
      #expect(asQuery?.code == .notAllowed)
    }
  }

  @Test func faultsAreToldInSQLitesWords() async throws {
    try await withDatabase { path, bench in
      let skill = skill(path) { $0.timeout = .seconds(1) }
      func fault(_ query: String) async -> NodeError? {
        await nodeError { try await bench.call(skill, "query", ["query": .string(query)]) }
      }
      #expect(await fault("SELECT id,\n nosuch FROM users")?.message == "no such column: nosuch (line 2, column 2)")
      #expect(await fault("SELECT * FRM users")?.message.hasPrefix("near \"") == true)
      let endless = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
      #expect(await fault(endless)?.code == .timedOut)
      #expect(await fault("SELECT zeroblob(5000000)")?.code == .tooLarge)
      #expect(await fault("SELECT zeroblob(500000000)")?.code == .tooLarge)
      let gone = self.skill(path + "-gone")
      #expect(await nodeError { try await bench.call(gone, "query", ["query": "SELECT 1"]) }?.code == .skillFailed)
      #expect(access(path + "-gone", F_OK) != 0)
    }
  }

  /// A writer that keeps its transaction open while others read what was there before it.
  @Test func aDatabaseThatOthersWriteIsRead() async throws {
    try await withDatabase("PRAGMA journal_mode = WAL;" + Self.users) { path, bench in
      let writer = try #require(popen("sqlite3 \(path)", "w"))
      fputs("BEGIN IMMEDIATE; INSERT INTO users (name) VALUES ('Carol');\n.shell touch \(path)-begun\n", writer)
      fflush(writer)
      try await eventually("the writer begins") { access(path + "-begun", F_OK) == 0 }
      let count: [String: JSONValue] = ["query": "SELECT count(*) FROM users"]
      #expect(try await bench.call(skill(path), "query", count).value["rows"] == [[2]])
      let waiting = skill(path) {
        $0.write = true
        $0.timeout = .seconds(1)
      }
      let busy = await nodeError { try await bench.call(waiting, "execute", ["query": "DELETE FROM users"]) }
      #expect(busy?.code == .busy)
      fputs("COMMIT;\n", writer)
      #expect(pclose(writer) == 0)
      #expect(try await bench.call(skill(path), "query", count).value["rows"] == [[3]])
    }
  }
}
