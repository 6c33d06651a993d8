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

  /// The value of an option that takes one of a few words.
  func choice<Value: RawRepresentable & CaseIterable>(_ option: String) throws(NodeError) -> Value?
  where Value.RawValue == String {
    guard let text = values[option] else { return nil }
    guard let value = Value(rawValue: text) else {
      let words = Value.allCases.map(\.rawValue)
      let near = CommandTable.suggestion(for: text, among: words)
      throw NodeError(
        .usage, "--\(option): \(text) is not one of \(words.joined(separator: ", "))\(near)")
    }
    return value
  }

  /// The value of an option that takes a whole number.
  func number(_ option: String, in range: ClosedRange<Int>) throws(NodeError) -> Int? {
    guard let text = values[option] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw NodeError(
        .usage, "--\(option): \(text) is not a number from \(range.lowerBound) to \(range.upperBound)")
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
