internal import PeerModel

/// The words of a command, sorted.
struct Input {
  var words: [String] = []
  var flags: Set<String> = []
  var values: [String: String] = [:]

  /// The value of an option.
  subscript(option: String) -> String? { values[option] }

  func has(_ flag: String) -> Bool { flags.contains(flag) }

  /// The argument at a place, nil when it was left out.
  func word(_ index: Int) -> String? { index < words.count ? words[index] : nil }

  var format: Output.Format { has("json") ? .json : has("quiet") ? .ids : .text }

  /// The value of an option that takes seconds.
  func seconds(_ option: String) throws(NodeError) -> Double? {
    guard let text = values[option] else { return nil }
    guard let number = Double(text), number.isFinite, number >= 0 else {
      throw NodeError(.usage, "--\(option): \(text) is not a number of seconds")
    }
    return number
  }

  /// The value of an option that takes a moment in the past, as seconds since 1970.
  func moment(_ option: String) throws(NodeError) -> Int? {
    guard let text = values[option] else { return nil }
    guard let moment = TimeText.past(text) else {
      throw NodeError(.usage, "--\(option): \(text) is no time; use 2h or 7d for so long ago, or 2026-03-01T14:03")
    }
    return moment
  }

  /// The trust level that a word names, as one that can be granted.
  static func trustLevel(_ text: String) throws(NodeError) -> TrustLevel {
    guard let level = TrustLevel(text), TrustLevel.grantable.contains(level) else {
      let names = TrustLevel.grantable.map(\.name)
      let near = CommandTable.suggestion(for: text, among: names)
      let table = TrustLevel.grantable.map { "\($0.name) (\($0.value))" }.joined(separator: ", ")
      throw NodeError(.usage, "\(text) is not a trust level\(near.isEmpty ? "; use \(table)" : near)")
    }
    return level
  }
}
