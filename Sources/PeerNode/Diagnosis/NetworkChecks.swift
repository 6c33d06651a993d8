import LocalAPI
import MulticastDNS
import PeerModel

/// Interfaces and group memberships: the ground that discovery stands on.
enum NetworkChecks {
  /// Groups that the kernel is in, by interface name (/proc/net/igmp and igmp6).
  struct Memberships: Sendable {
    var ipv4: Set<String> = []
    var ipv6: Set<String> = []
  }

  /// - Parameter interfaces: nil when the kernel does not tell.
  static func interfaces(_ interfaces: [InterfaceReport]?) -> [Finding] {
    guard let interfaces else {
      return [Finding(.networkInterface, Section.network, .skip, "the kernel does not list its interfaces")]
    }
    var findings = interfaces.map { interface in
      let addresses = interface.addresses.isEmpty ? "no address" : interface.addresses.joined(separator: ", ")
      let text =
        interface.exclusion.map { "\(interface.name) is left out: \($0.rawValue)" }
        ?? "\(interface.name) is used: \(addresses)"
      return Finding(
        .networkInterface, Section.network, interface.exclusion == nil ? .ok : .skip, text,
        details: [
          "interface": interface.name.json, "up": interface.isUp.json, "multicast": interface.isMulticast.json,
          "addresses": interface.addresses.json,
          "left_out": interface.exclusion.map { .string($0.rawValue) } ?? .null,
        ])
    }
    if !interfaces.contains(where: { $0.exclusion == nil }) {
      findings.append(
        Finding(
          .networkInterface, Section.network, .fail, "no interface can be used for discovery",
          cause: "Nothing that is up, has a cable or radio link, can multicast and has an address. Peers elsewhere can "
            + "still be added by address once there is a network.", command: "ip addr"))
    }
    return findings
  }

  static func membership(
    _ interfaces: [InterfaceReport], _ memberships: Memberships, _ advice: Advice
  ) -> Finding {
    let used = interfaces.filter { $0.exclusion == nil }
    let missing = used.flatMap { interface in
      (interface.hasIPv4 && !memberships.ipv4.contains(interface.name) ? ["224.0.0.251 on \(interface.name)"] : [])
        + (interface.hasIPv6 && !memberships.ipv6.contains(interface.name) ? ["ff02::fb on \(interface.name)"] : [])
    }
    guard !missing.isEmpty else {
      return Finding(
        .multicastMembership, Section.network, .ok,
        "member of the mDNS groups on \(used.map(\.name).joined(separator: ", "))")
    }
    return Finding(
      .multicastMembership, Section.network, .fail, "not a member of \(missing.joined(separator: ", "))",
      cause: "The kernel refused to join, or another program left for us; the usual limit is "
        + "net.ipv4.igmp_max_memberships. After mending it: \(advice.restart).",
      command: "ip maddr show", details: ["missing": missing.json])
  }
}
