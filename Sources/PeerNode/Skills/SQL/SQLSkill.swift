internal import Glibc
package import PeerModel

/// The built-in skill `sql`: databases that the owner configured, by name, and SQLite files that a caller sends.
package struct SQLSkill: Skill {
  /// The skill's name.
  package let name = "sql"
  private let settings: Settings

  /// - Parameter settings: which databases there are, looked at in every call.
  package init(settings: Settings) { self.settings = settings }

  /// What it offers; a file that comes with a call can always be asked.
  package func description() async -> SkillDescription {
    SkillDescription(
      name: name, summary: "Ask the databases that this node's owner named, or an SQLite file.", tools: Self.tools)
  }

  /// Runs a tool.
  /// - Throws: ``NodeError`` `invalid_arguments` for a database that there is not, `skill_failed` with the database's own
  ///   words, `not_allowed` for a change where the configuration allows none, `timed_out`, `too_large`, `busy`,
  ///   `skill_unavailable` when the database cannot be reached; `CancellationError`.
  package func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput {
    let databases = settings.current.sql.databases
    switch tool {
    case "databases": return SkillOutput(value: Self.list(databases))
    case "query", "execute", "tables", "schema": break
    default: throw NodeError(.skillNotFound, "the skill sql has no tool named \(tool)")
    }
    let chosen = try choose(arguments, of: databases)
    if tool == "execute" { try Self.requireWrite(chosen) }
    let form = arguments.values["format"]?.stringValue.flatMap(SQLResult.Form.init(rawValue:)) ?? .json
    return try await arguments.workspace.withFolder { path in
      let folder = try RunFolder(path: path)
      let statement = try Self.statement(tool, arguments, chosen?.database ?? Configuration.Database())
      let result = try await run(statement, chosen, folder, arguments, what: "sql.\(tool)")
      return try Self.complete(result, tool, arguments).output(form, arguments)
    }
  }

  private typealias Chosen = (name: String, database: Configuration.Database)

  private static func list(_ databases: [String: Configuration.Database]) -> JSONValue {
    .array(
      databases.sorted { $0.key < $1.key }.map { name, database in
        [
          "database": .string(name), "kind": database.sqlitePath == nil ? "postgresql" : "sqlite",
          "write": .bool(database.write),
        ]
      })
  }

  /// nil when it is the caller's own file.
  private func choose(
    _ arguments: SkillArguments, of databases: [String: Configuration.Database]
  ) throws(NodeError) -> Chosen? {
    let given = arguments.values["database"]?.stringValue
    if arguments.files["file"] != nil {
      guard given == nil else { throw NodeError(.invalidArguments, "/file: give either a database or a file") }
      return nil
    }
    let names = databases.keys.sorted()
    guard let name = given ?? (names.count == 1 ? names[0] : nil) else {
      throw NodeError(
        .invalidArguments,
        names.isEmpty ? "/database: this node has none; a file is needed" : "/database: must be given",
        hint: names.isEmpty
          ? "on the node, in its configuration: sql: {databases: {sales: {url: \"postgresql://user@host/sales\"}}}"
          : "the databases are: \(names.joined(separator: ", "))")
    }
    guard let database = databases[name] else {
      throw NodeError(
        .invalidArguments, "/database: there is none named \(name.prefix(64))",
        hint: names.isEmpty ? nil : "the databases are: \(names.joined(separator: ", "))")
    }
    return (name, database)
  }

  private static func requireWrite(_ chosen: Chosen?) throws(NodeError) {
    guard let chosen else {
      throw NodeError(.invalidArguments, "/file: a file that comes with a call can only be asked")
    }
    guard chosen.database.write else {
      throw NodeError(
        .notAllowed,
        "the database \(chosen.name) is for reading: sql.databases.\(chosen.name).write is false on that node",
        hint: "on the node, in its configuration: sql: {databases: {\(chosen.name): {write: true}}}")
    }
  }

  private static func statement(
    _ tool: String, _ arguments: SkillArguments, _ database: Configuration.Database
  ) throws(NodeError) -> SQLStatement {
    let isSQLite = arguments.files["file"] != nil || database.sqlitePath != nil
    var statement = SQLStatement(
      text: arguments.values["query"]?.stringValue ?? "", parameters: arguments.values["parameters"]?.arrayValue ?? [],
      writes: tool == "execute", rows: database.rows, timeout: database.timeout)
    switch tool {
    case "tables": statement.text = isSQLite ? SQLiteSource.tables : PostgreSQLSource.tables
    case "schema":
      statement.text = isSQLite ? SQLiteSource.columns : PostgreSQLSource.columns
      statement.parameters = [arguments.values["table"] ?? ""]
    default: statement.rows = min(database.rows, Int(arguments.values["limit"]?.integerValue ?? defaultRows))
    }
    try statement.check()
    return statement
  }

  private func run(
    _ statement: SQLStatement, _ chosen: Chosen?, _ folder: RunFolder, _ arguments: SkillArguments, what: String
  ) async throws -> SQLResult {
    if let file = arguments.files["file"] {
      let path = try folder.place([file], of: "file", isList: false, as: .fixed("db"))[0]
      return try await SQLiteSource(path: "\(folder.path)/\(path)", name: file.name, folder: folder.path)
        .run(statement, arguments, what: what)
    }
    guard let chosen else { throw NodeError.internal }
    if let path = chosen.database.sqlitePath {
      return try await SQLiteSource(path: path, name: chosen.name, folder: folder.path)
        .run(statement, arguments, what: what)
    }
    return try await PostgreSQLSource(name: chosen.name, database: chosen.database, folder: folder)
      .run(statement, arguments, what: what)
  }

  /// SQLite answers for a table that there is not with no columns, and has no truth values.
  private static func complete(
    _ result: SQLResult, _ tool: String, _ arguments: SkillArguments
  ) throws(NodeError) -> SQLResult {
    guard tool == "schema" else { return result }
    guard !result.rows.isEmpty else {
      throw NodeError(.skillFailed, "there is no table \((arguments.values["table"]?.stringValue ?? "").prefix(128))")
    }
    var result = result
    for (index, column) in result.columns.enumerated() where ["nullable", "primary_key"].contains(column.name) {
      result.columns[index].type = "boolean"
      for row in result.rows.indices {
        if let number = result.rows[row][index].integerValue { result.rows[row][index] = .bool(number != 0) }
      }
    }
    return result
  }
}
