/// Lengths of time as people write them.
enum DurationText {
  private static let units: [(suffix: String, seconds: Int)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]

  /// The seconds of `90s`, `15m`, `2h`, `1d`; nil for anything else and when they do not fit.
  static func seconds(_ text: String) -> Int? {
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }),
      case let digits = text.dropLast(), !digits.isEmpty,
      digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int(digits),
      case let (seconds, overflow) = number.multipliedReportingOverflow(by: unit.seconds), !overflow
    else { return nil }
    return seconds
  }

  /// The shortest spelling: 900 is `15m`.
  static func spelling(of seconds: Int) -> String {
    let unit = units.first { seconds.isMultiple(of: $0.seconds) && seconds > 0 } ?? ("s", 1)
    return "\(seconds / unit.seconds)\(unit.suffix)"
  }
}
