import Glibc

/// The clocks, read at the edges only.
package enum Clock {
  /// Seconds since 1970.
  package static var now: Int { time(nil) }

  /// The same, with fractions.
  static var preciseNow: Double {
    let value = reading(CLOCK_REALTIME)
    return Double(value.tv_sec) + Double(value.tv_nsec) / 1e9
  }

  /// Seconds of a clock that never goes back and counts suspended time.
  package static var steady: Int { Int(reading(CLOCK_BOOTTIME).tv_sec) }

  private static func reading(_ clock: clockid_t) -> timespec {
    var value = timespec()
    clock_gettime(clock, &value)
    return value
  }
}

extension Duration {
  /// As milliseconds with three decimals, for people and JSON.
  package var milliseconds: Double {
    let (seconds, attoseconds) = components
    let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    return Double(microseconds) / 1000
  }
}
