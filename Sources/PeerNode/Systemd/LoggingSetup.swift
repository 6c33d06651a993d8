import Glibc
package import Logging

/// Decides, once for the process, where log events go.
package enum LoggingSetup {
  /// Sends every logger's events to the journal when standard error leads there, else to standard error as text. Call it
  /// once, before the first logger is made: swift-log stops the process at a second call.
  /// - Parameter level: the lowest level that is written.
  package static func bootstrap(level: Logger.Level) {
    if stderrIsJournal(getenv("JOURNAL_STREAM").map { String(cString: $0) }) {
      LoggingSystem.bootstrap(
        { JournalLogHandler(label: $0, level: level, metadataProvider: $1) }, metadataProvider: nil)
    } else {
      LoggingSystem.bootstrap(
        { StderrLogHandler(label: $0, level: level, metadataProvider: $1) }, metadataProvider: nil)
    }
  }

  /// Whether standard error is the stream that systemd connected to the journal. The variable alone says nothing: a child
  /// inherits it, and its standard error may be redirected.
  /// - Parameter journalStream: `$JOURNAL_STREAM`, `device:inode` in decimal.
  static func stderrIsJournal(_ journalStream: String?, descriptor: CInt = STDERR_FILENO) -> Bool {
    guard let journalStream else { return false }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    return journalStream == "\(status.st_dev):\(status.st_ino)"
  }
}
