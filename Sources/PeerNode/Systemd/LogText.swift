import Logging

/// Log events as text for people: one line each, whatever the values hold.
enum LogText {
  /// `message key=value key="two words"`, keys sorted.
  static func sentence(_ message: Logger.Message, _ metadata: Logger.Metadata) -> String {
    metadata.sorted { $0.key < $1.key }.reduce(escaped(message.description)) { text, entry in
      "\(text) \(escaped(entry.key))=\(quoted(entry.value.description))"
    }
  }

  /// The metadata of an event: what the event says wins over what the provider says, and that over the handler's own.
  static func merged(_ event: LogEvent, own: Logger.Metadata, provider: Logger.MetadataProvider?) -> Logger.Metadata {
    var metadata = own
    if let provider { metadata.merge(provider.get()) { $1 } }
    if let error = event.error { metadata["error"] = "\(error)" }
    metadata.merge(event.metadata ?? [:]) { $1 }
    return metadata
  }

  /// `text` in double quotes when a reader could not see where it ends without them.
  static func quoted(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy {
      $0.isVisible && !$0.properties.isWhitespace && !["\"", "=", "\\"].contains($0)
    }
    if isPlain, !text.isEmpty { return text }
    let inner = text.unicodeScalars.reduce(into: "") { result, scalar in
      result += scalar == "\"" || scalar == "\\" ? "\\\(scalar)" : escape(scalar)
    }
    return "\"\(inner)\""
  }

  /// `text` with everything escaped that could move a cursor, reorder a line or pose as another line.
  static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += escape($1) }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: scalar.isVisible ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
}

extension Unicode.Scalar {
  /// Whether it shows as itself: it controls no terminal, moves and reorders nothing, and ends no line.
  var isVisible: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
    default: true
    }
  }
}
