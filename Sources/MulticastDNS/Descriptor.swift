internal import Glibc

/// An open file descriptor, closed with its last reference.
final class Descriptor: Sendable {
  let number: Int32

  /// - Throws: `MulticastDNSError.system` when `number` is negative, with errno of the call that returned it.
  init(_ number: Int32, from operation: String) throws(MulticastDNSError) {
    guard number >= 0 else { throw .last(operation) }
    self.number = number
  }

  deinit { close(number) }

  func set(_ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
    var value = value
    return setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
  }

  /// Reads away what only served to wake the reader up.
  func drain() {
    withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
      while read(number, buffer.baseAddress, buffer.count) > 0 {}
    }
  }
}

extension MulticastDNSError {
  /// The error that errno describes.
  static func last(_ operation: String) -> MulticastDNSError {
    let code = errno
    return .system(operation: operation, code: code, text: String(cString: strerror(code)))
  }
}

/// Time since the machine started, with and without the time it slept.
enum Clock {
  static var sinceBoot: Milliseconds { read(CLOCK_BOOTTIME) }
  static var awake: Milliseconds { read(CLOCK_MONOTONIC) }

  private static func read(_ clock: clockid_t) -> Milliseconds {
    var time = timespec()
    clock_gettime(clock, &time)
    return Milliseconds(time.tv_sec) * 1000 + Milliseconds(time.tv_nsec) / 1_000_000
  }
}
