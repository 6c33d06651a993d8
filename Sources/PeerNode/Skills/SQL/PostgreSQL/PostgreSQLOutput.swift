internal import PeerModel

/// What psql printed for a script: the columns with their types, a mark, the rows, and the mark again.
struct PostgreSQLOutput {
  let bytes: [UInt8]
  let mark: String

  private static let unreadable = NodeError(.skillFailed, "what psql printed cannot be read")

  /// - Throws: ``NodeError`` `skill_failed`, `too_large`.
  func result(of statement: SQLStatement) throws(NodeError) -> SQLResult {
    var reader = CommaSeparated.Reader(bytes)
    guard let header = reader.next() else { throw Self.unreadable }
    if statement.writes {
      guard header == ["changed"], let changed = reader.next()?.first.flatMap({ Int($0) }), reader.next() == [mark]
      else {
        throw Self.unreadable
      }
      return SQLResult(columns: [], rows: [], isCut: false, changed: changed)
    }
    var columns: [SQLResult.Column] = []
    while let record = reader.next(), record != [mark] {
      guard record.count == 2 else { throw Self.unreadable }
      columns.append(SQLResult.Column(name: record[0], type: record[1]))
    }
    // psql prints nothing for rows of no columns, which `SELECT` alone gives.
    guard header == ["Column", "Type"] else { return SQLResult(columns: [], rows: [], isCut: false) }
    guard let names = reader.next(), names == columns.map(\.name) else { throw Self.unreadable }
    let readers = columns.map { PostgreSQLType($0.type) }
    var result = SQLResult(columns: columns, rows: [], isCut: false)
    while let record = reader.next() {
      if record == [mark], isLast(reader) {
        if result.rows.count > statement.rows {
          result.isCut = true
          result.rows.removeLast()
        }
        return result
      }
      guard record.count == columns.count else { throw Self.unreadable }
      result.rows.append(zip(record, readers).map { $0 == mark ? .null : $1.value(of: $0) })
    }
    throw Self.unreadable
  }

  /// A lone null is the mark, too: the last one is no row.
  private func isLast(_ reader: CommaSeparated.Reader) -> Bool { reader.position == bytes.count }
}
