import Logging
internal import PeerModel
internal import Synchronization

/// What a server says and does, in the log: bounded, on one line each, and without the values of its variables.
final class MCPLog: Sendable {
  private let logger: Logger
  private let secrets: [String]
  private let limits: MCPLimits
  private let state: Mutex<(allowance: MCPAllowance, dropped: Int, last: String?)>

  /// Values that are so short are found everywhere by chance.
  private static let shortestSecret = 6

  init(server: String, settings: Configuration.MCPServer, limits: MCPLimits) {
    var logger = Logger(label: "MCP")
    logger[metadataKey: "server"] = "\(server)"
    self.logger = logger
    self.limits = limits
    // Longest first: one may be the beginning of another.
    secrets = settings.environment.values.filter { $0.utf8.count >= Self.shortestSecret }
      .sorted { $0.utf8.count > $1.utf8.count }
    state = Mutex((limits.logged, 0, nil))
  }

  /// The text without the values of the server's variables.
  func redacted(_ text: String) -> String {
    secrets.reduce(text) { text, secret in
      text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: Configuration.MCPServer.hidden)
    }
  }

  /// A line that the server wrote to its standard error.
  func printed(_ line: some Sequence<UInt8>) {
    let text = MCPText.line(redacted(String(decoding: Array(line), as: UTF8.self)), limit: limits.loggedBytes)
    guard !text.isEmpty else { return }
    state.withLock { $0.last = text }
    write(.info, "a server printed", ["text": "\(text)"])
  }

  /// What the protocol has to report.
  func note(_ severity: MCPSession.Severity, _ text: String) {
    let level: Logger.Level =
      switch severity {
      case .debug: .debug
      case .info: .info
      case .warning: .warning
      }
    write(level, "a server is talked to", ["text": "\(MCPText.line(redacted(text), limit: limits.loggedBytes))"])
  }

  /// What becomes of the server; always written.
  func event(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata = [:]) {
    logger.log(level: level, message, metadata: metadata)
  }

  /// Forgets what an earlier life of the server printed.
  func begin() { state.withLock { $0.last = nil } }

  /// The last line that it printed, for a sentence about its end.
  var lastLine: String? { state.withLock(\.last) }

  private func write(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata) {
    guard logger.logLevel <= level else { return }
    let dropped: Int? = state.withLock { state in
      guard state.allowance.take(at: .now) else {
        state.dropped += 1
        return nil
      }
      defer { state.dropped = 0 }
      return state.dropped
    }
    guard let dropped else { return }
    logger.log(
      level: level, message, metadata: dropped > 0 ? metadata.merging(["dropped": "\(dropped)"]) { $1 } : metadata)
  }
}
