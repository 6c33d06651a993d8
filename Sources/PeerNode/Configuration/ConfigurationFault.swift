import PeerModel

/// One thing that is wrong with a configuration.
struct ConfigurationFault: Error, Equatable {
  /// Counted from 1; nil when the fault belongs to no line.
  var line: Int?
  /// What is wrong, beginning with the key where there is one.
  var message: String
  /// What to do about it.
  var hint: String?

  init(line: Int?, _ message: String, hint: String?) {
    self.line = line
    self.message = message
    self.hint = hint
  }

  /// A key of the file as a message shows it: in quotes when it is none that could exist.
  static func shown(_ key: String) -> String {
    let isPlain = key.unicodeScalars.allSatisfy { $0.isASCII && $0.value > 0x20 && $0.value < 0x7F && $0 != "\"" }
    return isPlain && !key.isEmpty ? key : JSONValue.string(key).text
  }

  /// How many faults are reported together.
  static let most = 10

  /// The error for a file's faults, which are at least one, in the order of their lines.
  static func error(_ faults: [ConfigurationFault], file: String) -> NodeError {
    let sorted = faults.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
    var lines = sorted.prefix(most).map { fault in
      "\(file):\(fault.line.map { "\($0):" } ?? "") \(fault.message)"
    }
    if sorted.count > most { lines.append("\(file): and \(sorted.count - most) more") }
    return NodeError(
      .configuration, lines.joined(separator: "\n"), hint: sorted.lazy.compactMap(\.hint).first)
  }
}
