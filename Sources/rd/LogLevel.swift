import Logging
import PeerModel
import PeerNode

/// Starts logging at the level that the command line names.
enum LogLevel {
  /// - Throws: ``NodeError`` `usage` for an unknown level.
  static func start(level: String) throws(NodeError) {
    guard let level = Logger.Level(rawValue: level) else {
      throw NodeError(
        .usage, "unknown log level \(level)", hint: "use trace, debug, info, notice, warning, error or critical")
    }
    LoggingSetup.bootstrap(level: level)
  }
}
