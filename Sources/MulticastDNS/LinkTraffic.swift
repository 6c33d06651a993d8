/// Packets of one link since it came into use.
package struct LinkTraffic: Sendable, Hashable {
  package var interface = ""
  package var isIPv6 = false
  /// Packets sent.
  package var sent = 0
  /// Of which the kernel did not take, for example because a firewall forbids them.
  package var sendFailures = 0
  /// Our own multicast packets that came back to us, as the kernel hands them to every member of the group.
  package var echoes = 0
  /// Packets from other machines.
  package var heard = 0

  package init() {}
}
