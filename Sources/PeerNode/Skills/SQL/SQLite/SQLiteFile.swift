internal import GRDBSQLite
internal import Glibc
internal import PeerModel

/// An SQLite file, opened in a process of its own: the file may be anybody's, and what is in it is not trusted.
///
/// The connection runs one statement. It is opened for reading unless the statement may write, cannot attach other
/// files, loads no extensions, and takes only pragmas that tell something.
final class SQLiteFile {
  private let connection: OpaquePointer
  private let deadline: ContinuousClock.Instant

  /// Bytes of memory that SQLite takes.
  private static let heap: Int64 = 256 << 20
  /// How long a file that others write to is waited for.
  private static let patience = Duration.seconds(5)

  /// - Throws: ``NodeError`` `skill_failed`, `skill_unavailable`.
  init(path: String, writes: Bool, timeout: Duration, limit: Int) throws(NodeError) {
    deadline = .now + timeout
    sqlite3_hard_heap_limit64(Self.heap)
    var handle: OpaquePointer?
    let flags = (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE
    let status = sqlite3_open_v2(path, &handle, flags, nil)
    guard status == SQLITE_OK, let handle else {
      sqlite3_close(handle)
      throw NodeError(.skillFailed, "the database cannot be opened: \(String(cString: sqlite3_errstr(status)))")
    }
    connection = handle
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, Int32(min(timeout, Self.patience).milliseconds))
    Self.limit(handle, to: limit)
    // What a file's own schema says is not trusted either (sqlite.org/security.html).
    for setting in [
      "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "temp_store = MEMORY",
      "query_only = \(writes ? "OFF" : "ON")", "foreign_keys = ON",
    ] {
      sqlite3_exec(handle, "PRAGMA \(setting)", nil, nil, nil)
    }
    sqlite3_set_authorizer(handle, { _, action, first, second, _, _ in SQLiteFile.judge(action, first, second) }, nil)
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_progress_handler(
      handle, 10_000,
      { context in
        guard let context else { return 1 }
        return ContinuousClock.now < Unmanaged<SQLiteFile>.fromOpaque(context).takeUnretainedValue().deadline ? 0 : 1
      }, context)
  }

  deinit { sqlite3_close_v2(connection) }

  private static func limit(_ handle: OpaquePointer, to bytes: Int) {
    for (category, most) in [
      (SQLITE_LIMIT_LENGTH, 64 << 20), (SQLITE_LIMIT_SQL_LENGTH, SQLStatement.maximumLength),
      (SQLITE_LIMIT_ATTACHED, 0), (SQLITE_LIMIT_WORKER_THREADS, 0), (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
      (SQLITE_LIMIT_VARIABLE_NUMBER, SQLStatement.maximumParameters), (SQLITE_LIMIT_EXPR_DEPTH, 500),
    ] {
      sqlite3_limit(handle, category, Int32(most))
    }
  }

  /// Pragmas that tell something of the database and change nothing.
  private static let pragmas: Set<String> = [
    "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
    "foreign_key_check", "integrity_check", "quick_check", "collation_list", "function_list", "compile_options",
  ]
  /// Pragmas that do so only without a value.
  private static let facts: Set<String> = [
    "user_version", "application_id", "schema_version", "page_count", "page_size", "freelist_count", "encoding",
  ]
  /// Functions that reach out of the database, where a build of SQLite has them.
  private static let functions: Set<String> = [
    "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "fsdir", "zipfile", "lsmode",
  ]

  private static func judge(_ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?) -> Int32 {
    func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0).lowercased() } ?? "" }
    let isAllowed =
      switch action {
      case SQLITE_ATTACH, SQLITE_DETACH, SQLITE_TRANSACTION, SQLITE_SAVEPOINT: false
      case SQLITE_PRAGMA: pragmas.contains(text(first)) || (facts.contains(text(first)) && second == nil)
      case SQLITE_FUNCTION: !functions.contains(text(second))
      default: true
      }
    return isAllowed ? SQLITE_OK : SQLITE_DENY
  }

  /// The error of the last call, in SQLite's own words.
  /// - Parameter text: the statement, to say where in it the fault is.
  func failure(in text: String) -> NodeError {
    let code = sqlite3_errcode(connection)
    let message = String(cString: sqlite3_errmsg(connection))
    let offset = sqlite3_error_offset(connection)
    let place = offset >= 0 ? SQLStatement.place(in: text, offset: Int(offset)) : ""
    switch code & 0xFF {
    case SQLITE_INTERRUPT: return NodeError(.timedOut, "the statement took longer than it may")
    case SQLITE_BUSY, SQLITE_LOCKED:
      return NodeError(.busy, "the database is being written to: \(message)", retryAfter: 1)
    case SQLITE_AUTH:
      return NodeError(
        .notAllowed, "this is refused here: other files, transactions, settings and functions that reach out")
    case SQLITE_READONLY: return NodeError(.notAllowed, "the database is for reading")
    case SQLITE_FULL: return NodeError(.storageFull, "there is no space left for the database")
    case SQLITE_NOMEM, SQLITE_TOOBIG: return NodeError(.tooLarge, "the statement needs more memory than it may use")
    default: return NodeError(.skillFailed, "\(message)\(place)")
    }
  }

  /// Prepares the one statement of a text.
  /// - Throws: ``NodeError`` `skill_failed`, `not_allowed`, `invalid_arguments`.
  func prepare(_ text: String) throws(NodeError) -> OpaquePointer {
    var statement: OpaquePointer?
    var isMore = false
    let status = text.withCString { start in
      var tail: UnsafePointer<CChar>?
      let status = sqlite3_prepare_v2(connection, start, -1, &statement, &tail)
      guard status == SQLITE_OK, var rest = tail else { return status }
      // Blanks and comments make no statement.
      while rest.pointee != 0, !isMore {
        var next: OpaquePointer?
        isMore = sqlite3_prepare_v2(connection, rest, -1, &next, &tail) != SQLITE_OK || next != nil
        sqlite3_finalize(next)
        guard let end = tail, end > rest else { break }
        rest = end
      }
      return status
    }
    guard status == SQLITE_OK else { throw failure(in: text) }
    guard let statement else { throw NodeError(.invalidArguments, "/query: there is no statement in it") }
    guard !isMore else {
      sqlite3_finalize(statement)
      throw NodeError(.invalidArguments, "/query: must be one statement")
    }
    return statement
  }
}
