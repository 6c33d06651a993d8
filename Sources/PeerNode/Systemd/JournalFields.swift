import Logging

/// A log event as the journal's fields (systemd.journal-fields(7)).
enum JournalFields {
  /// The fields of an event, ours first, then one for each piece of metadata in the order of their keys.
  static func fields(
    label: String, event: LogEvent, metadata: Logger.Metadata
  ) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = [
      // journalctl shows nothing but MESSAGE, so the values stand there for people and again below for searches.
      ("MESSAGE", LogText.sentence(event.message, metadata)),
      ("PRIORITY", String(priority(of: event.level))),
      ("SYSLOG_IDENTIFIER", "rd"),
      ("LOGGER", label),
      ("CODE_FILE", event.file),
      ("CODE_LINE", String(event.line)),
      ("CODE_FUNC", event.function),
    ]
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      if let name = name(of: key) { fields.append((name, value.description)) }
    }
    return fields
  }

  /// The field that holds the metadata of that key: upper case, `[A-Z0-9_]`, not beginning with `_` or a digit, at most
  /// 64 characters as journald demands. Nil when nothing is left of the key.
  static func name(of key: String) -> String? {
    if let known = knownNames[key] { return known }
    let letters = key.utf8.map { byte -> UInt8 in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
      default: UInt8(ascii: "_")
      }
    }
    let start = letters.drop { $0 == UInt8(ascii: "_") }
    guard let first = start.first else { return nil }
    let name = String(decoding: start, as: UTF8.self)
    // A field of ours, or one that journalctl gives a meaning to, cannot be replaced by metadata.
    let needsPrefix = reserved.contains(name) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    return String((needsPrefix ? "RD_" + name : name).prefix(64))
  }

  /// syslog(3)'s levels.
  static func priority(of level: Logger.Level) -> Int {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }

  private static let knownNames = ["request": "REQUEST_ID", "hb.request.id": "REQUEST_ID"]

  private static let reserved: Set = [
    "MESSAGE", "MESSAGE_ID", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_FACILITY", "SYSLOG_PID", "SYSLOG_TIMESTAMP",
    "SYSLOG_RAW", "LOGGER", "CODE_FILE", "CODE_LINE", "CODE_FUNC", "UNIT", "USER_UNIT", "OBJECT_PID", "TID",
    "DOCUMENTATION", "COREDUMP_UNIT", "ERRNO",
  ]
}
