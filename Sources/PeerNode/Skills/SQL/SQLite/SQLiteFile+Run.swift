internal import GRDBSQLite
internal import PeerModel

extension SQLiteFile {
  /// Runs a statement and gives its rows.
  /// - Parameter limit: bytes of the rows' values, roughly as JSON.
  /// - Throws: ``NodeError`` as ``failure(in:)``; `too_large`, `invalid_arguments`, `not_allowed`.
  func run(_ request: SQLStatement, limit: Int) throws(NodeError) -> SQLResult {
    let statement = try prepare(request.text)
    defer { sqlite3_finalize(statement) }
    let isReading = sqlite3_stmt_readonly(statement) != 0
    guard isReading || request.writes else {
      throw NodeError(.notAllowed, "the statement would change the database, and a query only reads")
    }
    guard sqlite3_column_count(statement) > 0 || request.writes else {
      throw NodeError(.invalidArguments, "/query: the statement gives no rows")
    }
    try bind(request.parameters, to: statement)
    let columns = (0..<sqlite3_column_count(statement)).map { index in
      SQLResult.Column(
        name: sqlite3_column_name(statement, index).map { String(cString: $0) } ?? "",
        type: sqlite3_column_decltype(statement, index).map { String(cString: $0) } ?? "")
    }
    let truths = columns.map { ["BOOLEAN", "BOOL"].contains($0.type.uppercased()) }
    var result = SQLResult(columns: columns, rows: [], isCut: false)
    let before = sqlite3_total_changes(sqlite3_db_handle(statement))
    var bytes = 0
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_DONE:
        if !isReading {
          result.changed = Int(sqlite3_total_changes(sqlite3_db_handle(statement)) - before)
        }
        return result
      case SQLITE_ROW:
        // A statement that writes has to come to its end to count.
        guard result.rows.count < request.rows else {
          result.isCut = true
          if isReading { return result }
          continue
        }
        bytes += columns.indices.reduce(2) { $0 + Self.size(of: statement, Int32($1)) }
        guard bytes <= limit else {
          throw NodeError(.tooLarge, "the result is larger than \(limit) bytes", hint: "ask for fewer rows or columns")
        }
        result.rows.append(columns.indices.map { value(of: statement, Int32($0), isTruth: truths[$0]) })
      default: throw failure(in: request.text)
      }
    }
  }

  private func bind(_ values: [JSONValue], to statement: OpaquePointer) throws(NodeError) {
    let wanted = Int(sqlite3_bind_parameter_count(statement))
    guard values.count == wanted else {
      throw NodeError(.invalidArguments, "/parameters: the statement has \(wanted) placeholders, not \(values.count)")
    }
    // SQLITE_TRANSIENT: SQLite makes its own copy.
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    for (index, value) in values.enumerated() {
      let number = Int32(index + 1)
      let status =
        switch value {
        case .integer(let value): sqlite3_bind_int64(statement, number, value)
        case .number(let value): sqlite3_bind_double(statement, number, value)
        case .bool(let value): sqlite3_bind_int64(statement, number, value ? 1 : 0)
        case .string(let text): sqlite3_bind_text(statement, number, text, Int32(text.utf8.count), copied)
        case .null, .array, .object: sqlite3_bind_null(statement, number)
        }
      guard status == SQLITE_OK else { throw NodeError(.invalidArguments, "/parameters/\(index): cannot be used") }
    }
  }

  private func value(of statement: OpaquePointer, _ index: Int32, isTruth: Bool) -> JSONValue {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER:
      let value = sqlite3_column_int64(statement, index)
      return isTruth && (0...1).contains(value) ? .bool(value == 1) : .integer(value)
    case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, index))
    case SQLITE_TEXT:
      guard let start = sqlite3_column_text(statement, index) else { return .null }
      let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index)))
      return .string(String(decoding: bytes, as: UTF8.self))
    case SQLITE_BLOB:
      let start = sqlite3_column_blob(statement, index)
      return .bytes(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, index))))
    default: return .null
    }
  }

  /// Bytes of a value as JSON, roughly, before it is made.
  private static func size(of statement: OpaquePointer, _ index: Int32) -> Int {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_TEXT: Int(sqlite3_column_bytes(statement, index)) + 3
    case SQLITE_BLOB: Int(sqlite3_column_bytes(statement, index)) / 3 * 4 + 14
    default: 8
    }
  }
}

extension JSONValue {
  /// A number, or its name where JSON has none.
  static func real(_ value: Double) -> JSONValue {
    if value.isFinite { return .number(value) }
    return .string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
  }
}
