/// One interface in one address family: the scope of names, caches and packets (RFC 6762 section 14).
struct Link: Equatable, Sendable {
  struct ID: Hashable, Sendable, Comparable {
    var interface: UInt32
    var isIPv6: Bool

    static func < (left: ID, right: ID) -> Bool {
      (left.interface, left.isIPv6 ? 1 : 0) < (right.interface, right.isIPv6 ? 1 : 0)
    }
  }

  let id: ID
  let interfaceName: String
  /// All addresses of the interface in both families; all are published on each of its links.
  let addresses: [AddressPrefix]
  /// Longest UDP payload that needs no fragments, in bytes.
  let payloadLimit: Int

  init(id: ID, interfaceName: String, addresses: [AddressPrefix], mtu: Int) {
    self.id = id
    self.interfaceName = interfaceName
    self.addresses = addresses
    let headers = id.isIPv6 ? 48 : 28
    payloadLimit = min(max(mtu, 576) - headers, Message.maximumLength)
  }

  /// Whether a packet from this address can have come from this link itself (section 11).
  func isOnLink(_ source: IPAddress) -> Bool {
    if source.isIPv4 == id.isIPv6 { return false }
    if !source.isIPv4, source.isLinkLocal { return true }
    return addresses.contains { $0.contains(source) }
  }

  func isOwn(_ source: IPAddress) -> Bool { addresses.contains { $0.address == source } }

  /// Whether both have a network in common, so that a change of address is not a change of place.
  func sharesNetwork(with other: Link) -> Bool {
    addresses.contains { mine in
      !mine.address.isLinkLocal && other.addresses.contains { $0.length == mine.length && $0.contains(mine.address) }
    }
  }
}

/// Where a packet came from or goes to.
struct Endpoint: Hashable, Sendable {
  var address: IPAddress
  var port: UInt16
}

/// A packet to send; no destination means the multicast group.
struct Transmission: Sendable {
  var link: Link.ID
  var destination: Endpoint?
  var payload: [UInt8]
}

/// The multicast DNS port, for queries, answers and everything (section 5.2).
let multicastDNSPort: UInt16 = 5353
