import CSystemd
import Glibc

/// Tells systemd how the service is doing (sd_notify(3)); does nothing when nobody listens, without `$NOTIFY_SOCKET`.
package struct ReadinessNotifier: Sendable {
  package init() {}

  /// Start-up, or a reload, is complete.
  /// - Parameter status: one line for `systemctl status`, such as "listening on port 8765".
  package func ready(status: String? = nil) {
    send(["READY=1"] + Self.field(status))
  }

  /// A reload begins; ``ready(status:)`` ends it, whether or not the new settings were taken.
  package func reloading() {
    send(["RELOADING=1", "MONOTONIC_USEC=\(Self.monotonicMicroseconds)"])
  }

  /// The service drains and ends.
  package func stopping(status: String? = nil) {
    send(["STOPPING=1"] + Self.field(status))
  }

  /// One line for `systemctl status`.
  package func status(_ text: String) {
    send(Self.field(text))
  }

  /// The service is alive; see ``Watchdog``.
  package func keepAlive() {
    send(["WATCHDOG=1"])
  }

  /// A failure to send is not reported: systemd notices a missing message by itself, and there is nobody else to tell.
  private func send(_ fields: [String]) {
    guard !fields.isEmpty else { return }
    _ = sd_notify(0, fields.joined(separator: "\n"))
  }

  /// `STATUS=`; a line break would begin another field, so it becomes a space.
  static func field(_ status: String?) -> [String] {
    guard let status else { return [] }
    return ["STATUS=" + String(status.map { $0.isNewline || $0 == "\0" ? " " : $0 })]
  }

  /// CLOCK_MONOTONIC, which systemd compares with its own time of the reload request.
  private static var monotonicMicroseconds: Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
  }
}
