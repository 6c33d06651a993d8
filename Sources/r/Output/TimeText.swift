internal import Glibc

/// Moments and spans as people say them.
enum TimeText {
  static var now: Int { time(nil) }

  /// `3 min ago`, or `in 3 min`.
  static func relative(_ moment: Int, now: Int = now) -> String {
    let distance = now.subtractingReportingOverflow(moment)
    guard !distance.overflow else { return "-" }
    switch distance.partialValue {
    case -1...1: return "now"
    case ..<0: return "in " + span(distance.partialValue == .min ? .max : -distance.partialValue)
    default: return span(distance.partialValue) + " ago"
    }
  }

  /// The largest unit only.
  static func span(_ seconds: Int) -> String {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86400) d"
    }
  }

  /// The local time of day, `14:03:59`.
  static func clock(_ moment: Int) -> String {
    var seconds = time_t(moment)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return "--:--:--" }
    return [parts.tm_hour, parts.tm_min, parts.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }

  /// The local date and time of day, `2026-03-01 14:03:59`.
  static func moment(_ moment: Int) -> String {
    var seconds = time_t(moment)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return "-" }
    let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    return date.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-") + " " + clock(moment)
  }

  /// The moment that a person means: `90s`, `15m`, `2h` or `7d` ago, a local date, with a time of day or without
  /// (`2026-03-01T14:03`), or seconds since 1970.
  static func past(_ text: String, now: Int = now) -> Int? {
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400]
    if let unit = text.last.flatMap({ units[$0] }) {
      guard let number = natural(text.dropLast()), number <= now / unit else { return nil }
      return now - number * unit
    }
    if let seconds = natural(text[...]) { return seconds }
    let halves = text.split(separator: text.contains("T") ? "T" : " ", omittingEmptySubsequences: false)
    let date = halves[0].split(separator: "-", omittingEmptySubsequences: false).map(natural)
    let time =
      halves.count > 1 ? halves[1].split(separator: ":", omittingEmptySubsequences: false).map(natural) : [0, 0]
    let all = (date + time).compactMap { $0 }
    guard halves.count <= 2, date.count == 3, (2...3).contains(time.count), all.count == date.count + time.count,
      (1970...9999).contains(all[0]), (1...12).contains(all[1]), (1...31).contains(all[2]), all[3] < 24, all[4] < 60,
      all.count < 6 || all[5] < 60
    else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (Int32(all[0] - 1900), Int32(all[1] - 1), Int32(all[2]))
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (Int32(all[3]), Int32(all[4]), Int32(all.count > 5 ? all[5] : 0))
    parts.tm_isdst = -1
    return max(0, mktime(&parts))
  }

  private static func natural(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } && text.utf8.count <= 12 ? Int(text) : nil
  }

  /// Bytes in units of 1000.
  static func size(_ bytes: Int) -> String {
    var value = Double(bytes)
    for unit in ["bytes", "kB", "MB", "GB"] {
      if value < 1000 {
        return unit == "bytes" ? "\(bytes) bytes" : "\((value * 10).rounded() / 10) \(unit)"
      }
      value /= 1000
    }
    return "\((value * 10).rounded() / 10) TB"
  }
}
