internal import Glibc

/// A network interface as discovery looks at it: used, or left out and why.
package struct InterfaceReport: Sendable, Hashable {
  /// Why an interface takes no part.
  package enum Exclusion: String, Sendable, Hashable {
    case down
    /// Up, but no cable or no radio link.
    case noCarrier = "no carrier"
    case noMulticast = "no multicast"
    case loopback
    /// A tunnel.
    case pointToPoint = "point-to-point"
    /// A bridge or cable of container or virtual machine software.
    case virtual = "container or virtual machine network"
    case noAddress = "no address"
  }

  package let name: String
  package let isUp: Bool
  package let isMulticast: Bool
  /// Addresses with their prefix length: `192.168.1.5/24`.
  package let addresses: [String]
  /// Nil for one that is used.
  package let exclusion: Exclusion?
  private let prefixes: [AddressPrefix]

  init(_ interface: NetworkInterface, filter: InterfaceFilter) {
    name = interface.name
    isUp = interface.flags & UInt32(IFF_UP) != 0
    isMulticast = interface.flags & UInt32(IFF_MULTICAST) != 0
    prefixes = interface.addresses.sorted { ($0.address, $0.length) < ($1.address, $1.length) }
    addresses = prefixes.map { "\(ScopedAddress($0.address, scope: 0))/\($0.length)" }
    let isAdmitted = filter.admits(
      name, isLoopback: interface.isLoopback, isPointToPoint: interface.isPointToPoint)
    let isRunning = interface.flags & UInt32(IFF_RUNNING) != 0
    exclusion =
      if !isAdmitted {
        interface.isLoopback ? .loopback : interface.isPointToPoint ? .pointToPoint : .virtual
      } else if !isUp { .down } else if !isRunning { .noCarrier } else if !isMulticast {
        .noMulticast
      } else if prefixes.isEmpty { .noAddress } else { nil }
  }

  package var hasIPv4: Bool { prefixes.contains { $0.address.isIPv4 } }
  package var hasIPv6: Bool { prefixes.contains { !$0.address.isIPv4 } }

  /// Whether an IP address, with or without `%interface`, is one of a neighbour on this interface.
  package func isNeighbor(_ host: String) -> Bool {
    guard let address = IPAddress(text: host) else { return false }
    if address.isLinkLocal, let zone = host.split(separator: "%").dropFirst().first { return zone == name }
    return prefixes.contains { $0.contains(address) }
  }

  /// Whether the IP address is this interface's own.
  package func isOwn(_ host: String) -> Bool {
    IPAddress(text: host).map { address in prefixes.contains { $0.address == address } } ?? false
  }
}

extension MulticastDNS {
  /// Every interface of this machine, used or not; nil when the kernel does not tell.
  package static func survey(_ filter: InterfaceFilter) -> [InterfaceReport]? {
    Netlink.interfaces()?.map { InterfaceReport($0, filter: filter) }
  }
}

extension IPAddress {
  /// From the usual text; what follows `%` is not looked at. Nil for a host name.
  init?(text: String) {
    let plain = String(text.prefix { $0 != "%" })
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, plain, &bytes) == 1 {
      self.init(bytes: bytes[..<4])
    } else if inet_pton(AF_INET6, plain, &bytes) == 1 {
      self.init(bytes: bytes)
    } else {
      return nil
    }
  }
}
