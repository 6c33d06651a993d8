internal import Glibc

/// The moment by which something must be done, on the clock that only moves forward.
package struct Deadline: Hashable, Sendable {
  private let nanoseconds: Int64

  package init(after seconds: Double) {
    let limit = 365.0 * 86400
    nanoseconds = Self.now + Int64(max(0, min(seconds, limit)) * 1e9)
  }

  /// What `poll` takes: rounded up, 0 once the moment has passed.
  package var remainingMilliseconds: Int32 {
    let remaining = max(0, nanoseconds - Self.now)
    return Int32(clamping: (remaining + 999_999) / 1_000_000)
  }

  package var hasPassed: Bool { Self.now >= nanoseconds }

  private static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
