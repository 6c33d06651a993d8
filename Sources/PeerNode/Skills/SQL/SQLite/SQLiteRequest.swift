internal import PeerModel

/// What the daemon asks of the process that opens an SQLite file.
struct SQLiteRequest: Sendable {
  /// Path of the file.
  var path: String
  var statement: SQLStatement
  /// Bytes of the result.
  var resultBytes = SQLStatement.resultBytes
}

extension SQLiteRequest: JSONConvertible {
  init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    path = try fields.required("path")
    let milliseconds: Int = try fields.required("milliseconds")
    statement = SQLStatement(
      text: try fields.required("sql"), parameters: try fields.required("parameters"),
      writes: try fields.required("writes"), rows: try fields.required("rows"), timeout: .milliseconds(milliseconds))
    resultBytes = try fields.required("bytes")
  }

  var json: JSONValue {
    [
      "path": .string(path), "sql": .string(statement.text), "parameters": .array(statement.parameters),
      "writes": .bool(statement.writes), "rows": statement.rows.json,
      "milliseconds": Int(statement.timeout.milliseconds).json, "bytes": resultBytes.json,
    ]
  }
}
