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
