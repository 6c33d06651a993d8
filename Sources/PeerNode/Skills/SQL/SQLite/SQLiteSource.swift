internal import Glibc
internal import PeerModel

/// A database that is an SQLite file: of the configuration, or one that the caller sent.
struct SQLiteSource: Sendable {
  /// Absolute path.
  let path: String
  /// What it is called in errors.
  let name: String
  let folder: String

  /// - Throws: ``NodeError`` as the statement's; `skill_unavailable` when `rd` itself was moved.
  func run(_ statement: SQLStatement, _ call: SkillArguments, what: String) async throws -> SQLResult {
    guard let program = SQLiteWorker.program, access(program, X_OK) == 0 else {
      throw NodeError(.skillUnavailable, "rd was moved since it started", hint: "systemctl restart rd")
    }
    let child = SQLChild(
      program: program, arguments: [SQLiteWorker.option],
      input: SQLiteRequest(path: path, statement: statement).json.bytes,
      folder: folder, timeout: statement.timeout)
    let ending = try await child.run(call, what: what)
    guard case .exited(0) = ending.status, let json = try? JSONParser.parse(ending.output) else {
      throw NodeError(
        .skillFailed, "the process that had \(name) open ended unexpectedly: the file may be damaged",
        hint: "on a copy of the file: sqlite3 FILE .recover")
    }
    if let json = json["error"] {
      var error = NodeError(rpcObject: json)
      // What a hostile file made of that process must not advise anybody.
      error.hint = error.code == .tooLarge ? SQLChild.tooLarge.hint : nil
      throw error
    }
    return try SQLResult(json: json)
  }

  static let tables =
    "SELECT name, type FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite\\_%' "
    + "ESCAPE '\\' AND type <> 'shadow' ORDER BY name"
  static let columns =
    "SELECT name, type, \"notnull\" = 0 AS nullable, dflt_value AS \"default\", pk > 0 AS primary_key "
    + "FROM pragma_table_xinfo(?1)"
}
