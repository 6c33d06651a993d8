internal import Glibc
internal import Synchronization

/// Turns the signals that ask a program to stop into a readable descriptor, so a request can be cancelled in good order.
///
/// A second signal ends the process at once.
enum Interrupts {
  /// Installs the handlers.
  /// - Returns: the descriptor that becomes readable at the first signal; nil when there is none to be had.
  static func install() -> Int32? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    writingEnd.store(ends[1], ordering: .relaxed)
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      // A signal that the caller set to be ignored, as nohup does, stays ignored.
      guard sigaction(signal, nil, &action) == 0, !isIgnored(action) else { continue }
      action = sigaction()
      action.__sigaction_handler.sa_handler = noteSignal
      sigaction(signal, &action, nil)
    }
    return ends[0]
  }

  /// 128 + the signal that came; nil when none did.
  static var exitStatus: Int32? {
    let signal = received.load(ordering: .relaxed)
    return signal == 0 ? nil : 128 + signal
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}

private let writingEnd = Atomic<Int32>(-1)
private let received = Atomic<Int32>(0)

/// Runs as a signal handler: nothing but atomics, write and _exit.
private func noteSignal(_ signal: Int32) {
  if received.exchange(signal, ordering: .relaxed) != 0 { _exit(128 + signal) }
  var byte: UInt8 = 0
  _ = write(writingEnd.load(ordering: .relaxed), &byte, 1)
}
