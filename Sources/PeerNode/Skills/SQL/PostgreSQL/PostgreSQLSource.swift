internal import Glibc
import Logging
internal import PeerModel

/// A PostgreSQL database, asked through psql.
struct PostgreSQLSource: Sendable {
  let name: String
  let database: Configuration.Database
  let folder: RunFolder

  static let program = Program(name: "psql", package: "postgresql-client")
  private static let passwordBytes = 4096
  private static let logger = Logger(label: "SQL")

  /// - Throws: ``NodeError`` `skill_unavailable` when psql is missing or the database cannot be reached, and as the
  ///   statement's.
  func run(_ statement: SQLStatement, _ call: SkillArguments, what: String) async throws -> SQLResult {
    guard let psql = Self.program.locate() else { throw Self.program.missing }
    let mark = "rd-\(UInt64.random(in: 0...UInt64.max))-\(UInt64.random(in: 0...UInt64.max))"
    let script = PostgreSQLScript(statement: statement, mark: mark)
    let child = SQLChild(
      program: psql,
      arguments: [
        "--no-psqlrc", "--quiet", "--no-password", "--csv", "--pset=null=\(mark)", "--dbname=\(database.url)",
        "--file=-",
      ], input: Array(script.text.utf8), environment: try environment(), folder: folder.path,
      timeout: statement.timeout)
    let ending = try await child.run(call, what: what)
    guard case .exited(0) = ending.status else { throw failure(ending, statement) }
    return try PostgreSQLOutput(bytes: ending.output, mark: mark).result(of: statement)
  }

  /// What libpq takes from its environment; nothing of the daemon's own.
  private func environment() throws(NodeError) -> [String: String] {
    var environment = ["PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "rd"]
    if !database.passwordEnv.isEmpty {
      guard let value = getenv(database.passwordEnv) else { throw unreadable("password_env") }
      environment["PGPASSWORD"] = String(cString: value)
    }
    if !database.passwordFile.isEmpty {
      let text = try contents(of: database.passwordFile, "password_file")
      environment["PGPASSWORD"] = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
    }
    if !database.pgpass.isEmpty {
      // A copy in the run's own folder, which nobody else can read: libpq refuses files that others can.
      try folder.write(try contents(of: database.pgpass, "pgpass"), to: "pgpass")
      environment["PGPASSFILE"] = folder.path + "/pgpass"
    }
    return environment
  }

  private func contents(of path: String, _ key: String) throws(NodeError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(key) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Self.passwordBytes)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0, !bytes[..<count].contains(0) else { throw unreadable(key) }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  private func unreadable(_ key: String) -> NodeError {
    NodeError(
      .skillUnavailable, "the password of the database \(name) cannot be read",
      hint: "on the node: check sql.databases.\(name).\(key)")
  }

  private func failure(_ ending: SQLChild.Ending, _ statement: SQLStatement) -> NodeError {
    let text = String(decoding: ending.diagnostics, as: UTF8.self)
    if let failure = PostgreSQLFailure(text) { return failure.error(database: name, writes: statement.writes) }
    // What psql says when there is no connection names hosts and users: that is for the log.
    Self.logger.warning(
      "a database cannot be asked", metadata: ["database": "\(name)", "error": "\(text.prefix(1000))"])
    return NodeError(
      .skillUnavailable, "the database \(name) cannot be reached, or does not let this node in",
      hint: "on the node: journalctl -u rd -n 50")
  }

  static let tables = """
    SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' \
    WHEN 'f' THEN 'foreign table' ELSE 'table' END AS type FROM pg_catalog.pg_class c \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') \
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)' \
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 2
    """
  static let columns = """
    SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable, \
    pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS "default", COALESCE(i.indisprimary, false) AS primary_key \
    FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
    LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey) \
    WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    """
}
