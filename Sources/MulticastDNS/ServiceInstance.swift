/// A service found, complete: with port, TXT and at least one address.
package struct ServiceInstance: Sendable, Equatable {
  /// The instance name as sent; foreign text, so print `displayName` instead.
  package let name: String
  /// The target host, such as `rd-0a1b2c3d.local`.
  package let host: String
  /// TCP or UDP port, in host order.
  package let port: UInt16
  /// The pairs of the TXT record, foreign text too.
  package let txt: TXTRecord
  /// Where to connect, best first: IPv4 in a subnet of ours, then IPv6 in a prefix of ours, IPv6 link-local, other
  /// IPv4, other IPv6. Never empty, no duplicates.
  package let addresses: [ScopedAddress]
  /// Names of the interfaces on which it was heard, sorted.
  package let interfaces: [String]

  /// `name` without anything that a terminal would obey.
  package var displayName: String { DisplayText.safe(name) }
}
