import Glibc
package import Logging

/// Writes log events to standard error, one line each: `2026-11-25T02:15:42Z info  Peers: message key=value`.
package struct StderrLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let label: String

  /// - Parameters:
  ///   - label: the logger's name.
  ///   - level: the lowest level that is written.
  package init(label: String, level: Logger.Level, metadataProvider: Logger.MetadataProvider? = nil) {
    self.label = label
    self.logLevel = level
    self.metadataProvider = metadataProvider
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let merged = LogText.merged(event, own: metadata, provider: metadataProvider)
    Self.write(Self.line(label: label, event: event, metadata: merged, seconds: time(nil)) + "\n")
  }

  /// The line of an event, without its line break.
  /// - Parameter seconds: since 1970, UTC.
  static func line(label: String, event: LogEvent, metadata: Logger.Metadata, seconds: time_t) -> String {
    "\(timestamp(seconds)) \(name(of: event.level)) \(label): \(LogText.sentence(event.message, metadata))"
  }

  /// Five columns, so that the messages line up.
  private static func name(of level: Logger.Level) -> String {
    switch level {
    case .trace: "trace"
    case .debug: "debug"
    case .info: "info "
    case .notice: "note "
    case .warning: "warn "
    case .error: "error"
    case .critical: "crit "
    }
  }

  private static func timestamp(_ seconds: time_t) -> String {
    var seconds = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: CInt) -> String { (number < 10 ? "0" : "") + String(number) }
    return "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
      + "T\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))Z"
  }

  /// In one call as far as the kernel allows, so that lines of different threads do not mix. There is nowhere to report a
  /// failure to.
  static func write(_ line: String) {
    var rest = Array(line.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
