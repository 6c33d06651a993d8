import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

@Suite(.enabled(if: PostgreSQLCluster.isInstalled)) struct PostgreSQLTests {
  private static let users = """
    CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text);
    INSERT INTO users VALUES (1, 'Alice', 'alice@example.com'), (2, 'Bob', 'bob@example.com'), (3, 'Zoë', NULL);
    CREATE TABLE customers (customer_name text, total_orders integer DEFAULT 0);
    INSERT INTO customers SELECT 'customer ' || n, n FROM generate_series(1, 500) n;
    """

  /// What the server prints for one value of each type, and what callers get.
  private static let types: [(expression: String, type: String, value: JSONValue)] = [
    ("1::smallint", "smallint", 1), ("9223372036854775807", "bigint", .integer(.max)),
    ("1.5::float8", "double precision", 1.5),
    ("'NaN'::float8", "double precision", "NaN"), ("'-Infinity'::real", "real", "-Infinity"),
    ("1.10::numeric(10,2)", "numeric(10,2)", "1.10"), ("true", "boolean", true), ("NULL::text", "text", .null),
    ("''", "text", ""), ("'a,\"b\"\n|c'", "text", "a,\"b\"\n|c"), ("'\\x00ff'::bytea", "bytea", ["base64": "AP8="]),
    ("'{\"a\": [1, null]}'::jsonb", "jsonb", ["a": [1, .null]]), ("'{1,NULL}'::int[]", "integer[]", [1, .null]),
    ("ARRAY['a,b', 'c\"d\\', '', 'NULL', NULL]", "text[]", ["a,b", "c\"d\\", "", "NULL", .null]),
    ("'{{t,f},{f,t}}'::bool[]", "boolean[]", [[true, false], [false, true]]),
    ("timestamptz '2026-11-25 14:00:00+02'", "timestamp with time zone", "2026-11-25 12:00:00+00"),
    ("date '2026-11-25'", "date", "2026-11-25"), ("interval '1 day 2 hours'", "interval", "P1DT2H"),
    ("'00000000-0000-0000-0000-000000000001'::uuid", "uuid", "00000000-0000-0000-0000-000000000001"),
  ]

  @Test func rowsHaveTypesNamesAndAnOrder() async throws {
    try await PostgreSQLCluster.run { cluster in
      try cluster.psql(Self.users)
      let skill = cluster.skill()
      try await SkillBench.run { bench in
        let list = Self.types.map { "\($0.expression) AS same" }.joined(separator: ", ")
        let typed = try await bench.call(skill, "query", ["query": .string("SELECT \(list)")]).value
        #expect(typed["columns"] == .array(Self.types.map { ["name": "same", "type": .string($0.type)] }))
        #expect(typed["rows"] == .array([.array(Self.types.map(\.value))]))

        let table = try await bench.call(
          skill, "query", ["query": "SELECT * FROM users LIMIT 10", "format": "table"]
        ).value
        #expect(
          table == """
            | id  | name  | email             |
            |-----|-------|-------------------|
            | 1   | Alice | alice@example.com |
            | 2   | Bob   | bob@example.com   |
            | 3   | Zoë   | NULL              |

            """)
        let cut = try await bench.call(
          skill, "query",
          [
            "query": "SELECT customer_name, total_orders FROM customers WHERE total_orders > $1",
            "parameters": [100], "limit": 7,
          ]
        ).value
        #expect(cut["rows"]?.arrayValue?.count == 7 && cut["truncated"] == true)
        let none = try await bench.call(skill, "query", ["query": "SELECT 1 AS a, 2 AS b WHERE false"]).value
        #expect(
          none == [
            "columns": [["name": "a", "type": "integer"], ["name": "b", "type": "integer"]], "rows": [],
            "truncated": false,
          ])
        let nulls = try await bench.call(skill, "query", ["query": "SELECT NULL::int FROM generate_series(1, 3)"]).value
        #expect(nulls["rows"] == [[.null], [.null], [.null]])
        let bare = try await bench.call(skill, "query", ["query": "SELECT FROM users"]).value
        #expect(bare == ["columns": [], "rows": [], "truncated": false])
        let file = try await bench.call(
          skill, "query", ["query": "SELECT name, email FROM users WHERE id > 1 ORDER BY id", "format": "csv"])
        #expect(
          String(decoding: try file.files[0].contents(limit: 1000), as: UTF8.self)
            == "name,email\r\nBob,bob@example.com\r\nZoë,\r\n")
        #expect(file.value["media_type"] == "text/csv; charset=utf-8")
        for statement in [
          "SHOW server_version", "EXPLAIN SELECT 1", "VALUES (1)", "TABLE users", "SELECT 1; -- the end",
        ] {
          #expect(try await bench.call(skill, "query", ["query": .string(statement)]).value["columns"] != nil)
        }
        // A server that is asked for a billion rows gives as many as are wanted.
        let many = try await bench.call(
          skill, "query", ["query": "SELECT generate_series(1, 1000000000)", "limit": 3]
        ).value
        #expect(many["rows"] == [[1], [2], [3]])
      }
    }
  }

  @Test func aDatabaseTellsItsTablesAndTheirColumns() async throws {
    try await PostgreSQLCluster.run { cluster in
      try cluster.psql(Self.users + "CREATE SCHEMA other; CREATE VIEW other.\"odd name\" AS SELECT 1 AS one;")
      let skill = cluster.skill()
      try await SkillBench.run { bench in
        let tables = try await bench.call(skill, "tables").value
        #expect(
          tables["rows"] == [
            ["other", "odd name", "view"], ["public", "customers", "table"], ["public", "users", "table"],
          ])
        let columns = try await bench.call(skill, "schema", ["table": "users"]).value
        #expect(
          columns["rows"] == [
            ["id", "integer", false, .null, true], ["name", "text", false, .null, false],
            ["email", "text", true, .null, false],
          ])
        #expect(
          try await bench.call(skill, "schema", ["table": "other.\"odd name\""]).value["rows"]?.arrayValue?.count == 1)
        let missing = await nodeError { try await bench.call(skill, "schema", ["table": "nothing'; DROP TABLE users"]) }
        #expect(missing?.code == .skillFailed)
        let databases = try await bench.call(skill, "databases").value
        #expect(databases == [["database": "sales", "kind": "postgresql", "write": false]])
      }
    }
  }

  /// Statements that try to change something, or to leave the statement.
  static let attacks = [
    "DROP TABLE users", "INSERT INTO users VALUES (9, 'x', 'x')", "UPDATE users SET name = 'x'", "TRUNCATE users",
    "DELETE FROM users RETURNING *", "WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone",
    "SELECT 1; DROP TABLE users", "COMMIT; DROP TABLE users", "ROLLBACK; BEGIN READ WRITE; DROP TABLE users",
    "SELECT 1; COMMIT; BEGIN; DROP TABLE users; COMMIT; SELECT 2", "END; DROP TABLE users; --",
    "SET default_transaction_read_only = off", "SET TRANSACTION READ WRITE",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "COPY users TO PROGRAM 'touch ESCAPED'", "COPY users TO 'ESCAPED'", "COPY users FROM PROGRAM 'touch ESCAPED'",
    "COPY (SELECT 1) TO STDOUT", "\\! touch ESCAPED", "\n\\! touch ESCAPED", "SELECT 1 \\g ESCAPED",
    "SELECT 1 \\g |touch ESCAPED", "SELECT 1\n\\! touch ESCAPED\n;", "SELECT 1;\n\\! touch ESCAPED",
    "\\copy users to ESCAPED", "\\i ESCAPED", "\\o ESCAPED", "SELECT `touch ESCAPED`", "SELECT :'mark'",
    "$rd$; END $rd$; DROP TABLE users; DO $rd$ BEGIN", "'); DROP TABLE users; --",
    "', 'hex'), 'UTF8'); DROP TABLE users; --",
    "DO $$ BEGIN DROP TABLE users; END $$", "DO LANGUAGE plpgsql $$ BEGIN COMMIT; DROP TABLE users; END $$",
    "CALL change()", "SELECT change()", "PREPARE p AS DELETE FROM users", "EXECUTE p", "LISTEN x", "NOTIFY x",
    "CLOSE rd_rows", "FETCH ALL FROM rd_rows", "MOVE ALL FROM rd_rows", "DISCARD ALL", "RESET ALL", "LOCK TABLE users",
    "VACUUM users", "CREATE TEMP TABLE t AS SELECT 1", "SELECT * INTO t FROM users", "SAVEPOINT s", "ABORT",
    "SELECT lo_import('/etc/passwd') FROM change()", "REINDEX TABLE users", "ALTER ROLE owner SUPERUSER",
    "CHECKPOINT; SELECT 1",
  ]

  @Test func nothingThatACallerWritesChangesAnythingOrLeavesTheStatement() async throws {
    try await PostgreSQLCluster.run { cluster in
      try cluster.psql(
        Self.users + "CREATE PROCEDURE change() LANGUAGE plpgsql AS 'BEGIN DELETE FROM users; COMMIT; END';")
      let before = try cluster.psql("SELECT md5(string_agg(u::text, ',' ORDER BY id)) FROM users u")
      let skill = cluster.skill()
      let escaped = "/tmp/rd-escaped-\(UInt64.random(in: 0...UInt64.max))"
      try await SkillBench.run { bench in
        for attack in Self.attacks {
          let statement = attack.replacing("ESCAPED", with: escaped)
          let error = await nodeError { try await bench.call(skill, "query", ["query": .string(statement)]) }
          #expect([.notAllowed, .skillFailed].contains(error?.code), "\(attack): \(String(describing: error))")
          #expect(access(escaped, F_OK) != 0, "\(attack)")
        }
        // The same as values.
        let places = Self.attacks.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let values = Self.attacks.map { JSONValue.string($0.replacing("ESCAPED", with: escaped)) }
        let given = try await bench.call(
          skill, "query", ["query": .string("SELECT \(places)"), "parameters": .array(values)]
        ).value
        #expect(given["rows"] == [.array(values)])
        #expect(access(escaped, F_OK) != 0)
      }
      #expect(try cluster.psql("SELECT md5(string_agg(u::text, ',' ORDER BY id)) FROM users u") == before)
      #expect(try cluster.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "2\n")
      #expect(try cluster.psql("SELECT count(*) FROM pg_largeobject_metadata") == "0\n")
    }
  }

  @Test func everyTextComesBackAsItWasGiven() async throws {
    try await PostgreSQLCluster.run { cluster in
      let skill = cluster.skill()
      var generator = SystemRandomNumberGenerator()
      let pieces = [
        "'", "''", "\"", "\\", "\\'", "$rd$", ":'", ":x", "\n", "\r\n", "%", "ü", "🙂", "{}", ",", "NULL", "\u{1}", "--",
        ";", " ",
      ]
      let texts = (0..<40).map { _ in
        (0..<Int.random(in: 0..<12, using: &generator)).map { _ in pieces.randomElement(using: &generator)! }.joined()
      }
      try await SkillBench.run { bench in
        let places = texts.indices.map { "$\($0 + 1)::text" }.joined(separator: ", ")
        let values = try await bench.call(
          skill, "query",
          ["query": .string("SELECT \(places), ARRAY[\(places)]"), "parameters": .array(texts.map { .string($0) })]
        ).value
        let expected = texts.map { JSONValue.string($0) }
        #expect(values["rows"] == [.array(expected + [.array(expected)])])
        let kinds = try await bench.call(
          skill, "query",
          ["query": "SELECT $1 + 1, $2 * 2, NOT $3, $4 IS NULL", "parameters": [41, 1.25, true, .null]]
        ).value
        #expect(kinds["rows"] == [[42, 2.5, false, true]])
      }
    }
  }

  @Test func aChangeNeedsTheConfigurationsConsent() async throws {
    try await PostgreSQLCluster.run { cluster in
      try cluster.psql(Self.users)
      try await SkillBench.run { bench in
        let change: [String: JSONValue] = [
          "query": "UPDATE users SET email = $1 WHERE id >= $2", "parameters": ["new@example.com", 2],
        ]
        let refused = await nodeError { try await bench.call(cluster.skill(), "execute", change) }
        #expect(refused?.code == .notAllowed)
        #expect(refused?.message.contains("sql.databases.sales.write is false") == true)
        let writable = cluster.skill { $0.write = true }
        let changed = try await bench.call(writable, "execute", change).value
        #expect(changed["changed"] == 2)
        #expect(try cluster.psql("SELECT count(*) FROM users WHERE email = 'new@example.com'") == "2\n")
        #expect(
          try await bench.call(writable, "execute", ["query": "CREATE TABLE made (id int)"]).value["changed"] == 0)
        let double = await nodeError {
          try await bench.call(writable, "execute", ["query": "INSERT INTO users VALUES (1, 'x', NULL)"])
        }
        #expect(double?.message == "duplicate key value violates unique constraint \"users_pkey\"")
        let commit = await nodeError { try await bench.call(writable, "execute", ["query": "COMMIT"]) }
        #expect(commit?.code == .skillFailed)
        // Reading stays reading, whatever the configuration allows.
        let asQuery = await nodeError {
          try await bench.call(writable, "query", ["query": "DELETE FROM users RETURNING *"])
        }
        #expect(asQuery?.code == .notAllowed)
      }
    }
  }

  @Test func faultsAreToldInTheServersWords() async throws {
    try await PostgreSQLCluster.run { cluster in
      try cluster.psql("CREATE ROLE reader LOGIN; CREATE TABLE secret (a int);")
      try await SkillBench.run { bench in
        let skill = cluster.skill { $0.timeout = .seconds(1) }
        func fault(_ query: String) async -> NodeError? {
          await nodeError { try await bench.call(skill, "query", ["query": .string(query)]) }
        }
        #expect(await fault("SELECT *\nFRM users")?.message == "syntax error at or near \"FRM\" (line 2, column 1)")
        #expect(await fault("SELECT nosuch")?.message == "column \"nosuch\" does not exist (line 1, column 8)")
        #expect(await fault("SELECT 1/0")?.message == "division by zero")
        #expect(await fault("SELECT pg_sleep(60)")?.code == .timedOut)
        #expect(await fault("SELECT $1")?.message == "there is no parameter $1 (line 1, column 8)")
        #expect(await fault(" \n ")?.code == .invalidArguments)
        #expect(await fault("SELECT repeat('x', 5000000)")?.code == .tooLarge)
        let large = await nodeError {
          try await bench.call(
            cluster.skill(), "query", ["query": "SELECT repeat('x', 100000) FROM generate_series(1, 900)"])
        }
        #expect(large?.code == .tooLarge)
        let wrong = cluster.skill { $0.passwordFile = cluster.folder + "/script.sql" }
        let login = await nodeError { try await bench.call(wrong, "query", ["query": "SELECT 1"]) }
        #expect(login?.code == .skillUnavailable && login?.message.contains(cluster.folder) == false)
        let missing = cluster.skill { $0.passwordFile = cluster.folder + "/nothing" }
        let password = await nodeError { try await bench.call(missing, "query", ["query": "SELECT 1"]) }
        #expect(password?.hint == "on the node: check sql.databases.sales.password_file")
        let nobody = cluster.skill { $0.url = "postgresql://owner@/postgres?host=\(cluster.folder)/nowhere" }
        #expect(
          await nodeError { try await bench.call(nobody, "query", ["query": "SELECT 1"]) }?.code == .skillUnavailable)
        // A file of passwords, as PostgreSQL's own clients have it.
        let escaped = cluster.password.replacing("\\", with: "\\\\").replacing(":", with: "\\:")
        try TextFile.write("*:*:*:owner:\(escaped)\n", to: cluster.folder + "/pgpass")
        let listed = cluster.skill {
          $0.passwordFile = ""
          $0.pgpass = cluster.folder + "/pgpass"
        }
        #expect(try await bench.call(listed, "query", ["query": "SELECT 1"]).value["rows"] == [[1]])
        let unknown = await nodeError {
          try await bench.call(skill, "query", ["query": "SELECT 1", "database": "postgresql://elsewhere"])
        }
        #expect(unknown?.code == .invalidArguments && unknown?.hint == "the databases are: sales")
      }
    }
  }
}
