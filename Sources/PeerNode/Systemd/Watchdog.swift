import CSystemd
import Logging
import ServiceLifecycle

/// Keeps systemd's watchdog quiet for as long as the node is able to answer.
///
/// A ping is sent only after the probe has answered true: a node that hangs, or that answers later than `WatchdogSec=`,
/// sends none, and systemd restarts it. So there is no time limit of our own on the probe.
package struct Watchdog: Service {
  private let interval: Duration?
  private let notifier = ReadinessNotifier()
  private let probe: @Sendable () async -> Bool
  private let log = Logger(label: "Watchdog")

  /// Reads the interval that systemd asks for from `$WATCHDOG_USEC`.
  /// - Parameter probe: passes through whatever must not be stuck, and tells whether it is well.
  package init(probe: @escaping @Sendable () async -> Bool) {
    self.init(interval: Self.requestedInterval, probe: probe)
  }

  init(interval: Duration?, probe: @escaping @Sendable () async -> Bool) {
    self.interval = interval
    self.probe = probe
  }

  /// Pings at half the interval until a graceful shutdown; without a watchdog it only waits for that.
  package func run() async throws {
    guard let interval else {
      try await gracefulShutdown()
      return
    }
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await beat()
        try? await Task.sleep(for: interval / 2)
      }
    }
  }

  private func beat() async {
    if await probe() {
      notifier.keepAlive()
    } else if !Task.isCancelled {
      log.error("health probe failed, watchdog not pinged")
    }
  }

  /// How often systemd wants to hear from this process at least, nil when its watchdog is off.
  static var requestedInterval: Duration? {
    var microseconds: UInt64 = 0
    guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
    return .microseconds(Int64(clamping: microseconds))
  }
}
