internal import PeerModel

extension SQLSkill {
  static let defaultRows: Int64 = 1000

  private static let database = Schema.string(
    "The database's name, see databases; may be left out when there is only one.", maximumLength: 64)
  private static let file = Schema.file("An SQLite file to ask instead of a database of the node.")
  private static let format = Schema.enumeration(
    SQLResult.Form.allCases.map(\.rawValue),
    "json: columns with types, and rows. table: an aligned table. csv: a file of comma-separated values."
  ).withDefault("json")
  private static let parameters = Schema.array(
    of: .any("A text, number, truth value or null."),
    "The values of placeholders, in order: ? in SQLite; $1, $2 in PostgreSQL, where other types need a cast: $1::date.",
    maximumCount: SQLStatement.maximumParameters)
  private static func statement(_ what: String) -> Schema {
    Schema.string(what, maximumLength: SQLStatement.maximumLength)
  }

  static let tools: [ToolDescription] = [
    ToolDescription(
      name: "query", summary: "Ask a database with one SQL statement that only reads.",
      arguments: .object(
        [
          "query": statement("The statement: SELECT name FROM users WHERE id = $1."), "database": database,
          "file": file, "parameters": parameters, "format": format,
          "limit": .integer("Rows to give at most.", minimum: 1, maximum: 100_000).withDefault(.integer(defaultRows)),
        ], required: ["query"]), isReadOnly: true),
    ToolDescription(
      name: "tables", summary: "List the tables and views of a database.",
      arguments: .object(["database": database, "file": file, "format": format]), isReadOnly: true),
    ToolDescription(
      name: "schema", summary: "Tell the columns of a table: name, type, whether null is allowed, default, key.",
      arguments: .object(
        [
          "table": .string(
            "The table's name; in PostgreSQL perhaps with its schema: sales.orders.", maximumLength: 256),
          "database": database, "file": file, "format": format,
        ], required: ["table"]), isReadOnly: true),
    ToolDescription(
      name: "databases", summary: "List the names of the databases, and whether they may be changed.",
      arguments: .object([:]), isReadOnly: true),
    ToolDescription(
      name: "execute", summary: "Change a database with an SQL statement, where the node's owner allows it.",
      arguments: .object(
        [
          "query": statement("The statement: UPDATE users SET name = $1 WHERE id = $2."), "database": database,
          "parameters": parameters, "format": format,
        ], required: ["query"])),
  ]
}
