/// Which network interfaces take part in discovery.
///
/// Left out unless named in `allowed`: loopback, point-to-point links (VPN tunnels) and the bridges and cables of
/// container and virtual machine software by name (`docker0`, `br-*`, `veth*`, `virbr*`), because their addresses mean
/// nothing to neighbours. `denied` wins over everything. A trailing `*` in a name stands for any ending.
package struct InterfaceFilter: Sendable, Equatable {
  private static let usuallyVirtual = ["docker0", "br-*", "veth*", "virbr*"]

  /// Names to use although they would be left out.
  package var allowed: [String]
  /// Names never to use.
  package var denied: [String]

  package init(allowed: [String] = [], denied: [String] = []) {
    self.allowed = allowed
    self.denied = denied
  }

  func admits(_ name: String, isLoopback: Bool, isPointToPoint: Bool) -> Bool {
    if Self.matches(name, denied) { return false }
    if Self.matches(name, allowed) { return true }
    return !isLoopback && !isPointToPoint && !Self.matches(name, Self.usuallyVirtual)
  }

  private static func matches(_ name: String, _ patterns: [String]) -> Bool {
    patterns.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : name == $0 }
  }
}
