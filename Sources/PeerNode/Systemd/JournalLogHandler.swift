import CSystemd
import Glibc
package import Logging

/// Writes log events to the systemd journal as structured fields.
package struct JournalLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let label: String

  /// - Parameters:
  ///   - label: the logger's name, the field `LOGGER`.
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
    let fields = JournalFields.fields(label: label, event: event, metadata: merged)
    if Self.send(fields) < 0 {
      // Standard error leads to the journal as well, without the fields.
      StderrLogHandler.write("<\(JournalFields.priority(of: event.level))>\(label): \(fields[0].value)\n")
    }
  }

  /// - Returns: 0, or a negative errno.
  private static func send(_ fields: [(name: String, value: String)]) -> CInt {
    var bytes: [UInt8] = []
    var ends: [Int] = []
    for field in fields {
      bytes += "\(field.name)=\(field.value)".utf8
      ends.append(bytes.count)
    }
    return bytes.withUnsafeMutableBytes { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      var start = 0
      let vectors = ends.map { end in
        defer { start = end }
        return iovec(iov_base: base + start, iov_len: end - start)
      }
      return sd_journal_sendv(vectors, CInt(vectors.count))
    }
  }
}
