internal import PeerModel

/// What psql is fed to run one statement.
///
/// A caller's text is in it as hexadecimal digits only, so neither psql, with its commands and variables, nor the
/// server's reading of quotes ever sees it: the server decodes it and runs it inside of PL/pgSQL. There a statement that
/// reads is opened as a cursor, which takes exactly one statement that gives rows, in a transaction that is read-only
/// and that nothing in the statement can end or make writable.
struct PostgreSQLScript {
  let statement: SQLStatement
  /// A word that no result has, to tell the parts of what psql prints apart.
  let mark: String

  /// The script, ASCII only.
  var text: String {
    let body = statement.writes ? change : rows
    return """
      \\set ON_ERROR_STOP 1
      \\set VERBOSITY verbose
      \(statement.writes ? "" : "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;")
      BEGIN \(statement.writes ? "READ WRITE" : "READ ONLY");
      SET LOCAL statement_timeout = \(milliseconds);
      SET LOCAL lock_timeout = \(milliseconds);
      SET LOCAL idle_in_transaction_session_timeout = \(milliseconds + 10_000);
      SET LOCAL DateStyle = 'ISO, YMD';
      SET LOCAL IntervalStyle = 'iso_8601';
      SET LOCAL TimeZone = 'UTC';
      SET LOCAL bytea_output = 'hex';
      SET LOCAL extra_float_digits = 1;
      SET LOCAL lc_monetary = 'C';
      \(body)

      """
  }

  private var milliseconds: Int { Int(statement.timeout.milliseconds) }

  private var rows: String {
    """
    DO $rd$ DECLARE r refcursor := 'rd_rows'; BEGIN
    OPEN r NO SCROLL FOR EXECUTE \(Self.decoded(statement.text))\(using);
    END $rd$;
    FETCH 0 FROM rd_rows \\gdesc
    \\echo \(mark)
    FETCH \(statement.rows + 1) FROM rd_rows;
    \\echo \(mark)
    ROLLBACK;
    """
  }

  private var change: String {
    """
    DO $rd$ DECLARE n bigint; BEGIN
    EXECUTE \(Self.decoded(statement.text))\(using);
    GET DIAGNOSTICS n = ROW_COUNT;
    PERFORM set_config('rd.changed', n::text, true);
    END $rd$;
    SELECT current_setting('rd.changed') AS changed;
    COMMIT;
    \\echo \(mark)
    """
  }

  private var using: String {
    statement.parameters.isEmpty ? "" : " USING " + statement.parameters.map(Self.expression).joined(separator: ", ")
  }

  private static func expression(_ value: JSONValue) -> String {
    switch value {
    case .integer(let value): "'\(value)'::bigint"
    case .number(let value): "'\(value)'::double precision"
    case .bool(let value): value ? "true" : "false"
    case .string(let text): decoded(text)
    case .null, .array, .object: "NULL"
    }
  }

  /// An expression for a text, whatever is in it.
  static func decoded(_ text: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let hexadecimal = text.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return "convert_from(decode('\(String(decoding: hexadecimal, as: UTF8.self))', 'hex'), 'UTF8')"
  }
}
