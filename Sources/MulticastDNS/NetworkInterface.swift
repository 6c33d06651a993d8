internal import Glibc

/// A network interface with its usable addresses.
struct NetworkInterface: Equatable, Sendable {
  let index: UInt32
  let name: String
  let flags: UInt32
  let mtu: Int
  var addresses: [AddressPrefix] = []

  private func has(_ flag: some BinaryInteger) -> Bool { flags & UInt32(flag) != 0 }
  var isLoopback: Bool { has(IFF_LOOPBACK) }
  var isPointToPoint: Bool { has(IFF_POINTOPOINT) }
  /// Up, with a carrier, and able to multicast. Loopback has no multicast flag.
  var isRunning: Bool { has(IFF_UP) && has(IFF_RUNNING) && has(IFF_MULTICAST) }

  /// One link per address family that has an address.
  var links: [Link] {
    let sorted = addresses.sorted { ($0.address, $0.length) < ($1.address, $1.length) }
    let ipv4 = sorted.filter(\.address.isIPv4).prefix(Limits.addressesPublished)
    let ipv6 = sorted.filter { !$0.address.isIPv4 }.prefix(Limits.addressesPublished)
    return [(ipv4, false), (ipv6, true)].compactMap { addresses, isIPv6 in
      guard !addresses.isEmpty else { return nil }
      return Link(
        id: Link.ID(interface: index, isIPv6: isIPv6), interfaceName: name, addresses: Array(ipv4 + ipv6), mtu: mtu)
    }
  }
}

/// Reading rtnetlink messages (rtnetlink(7)).
extension NetworkInterface {
  private static let nameAttribute: UInt16 = 3
  private static let mtuAttribute: UInt16 = 4
  private static let addressAttribute: UInt16 = 1
  private static let localAttribute: UInt16 = 2
  private static let flagsAttribute: UInt16 = 8
  /// IFA_F_DADFAILED, IFA_F_DEPRECATED and IFA_F_TENTATIVE: not, no longer, or not yet for use.
  private static let unusable: UInt32 = 0x08 | 0x20 | 0x40

  /// From a `struct ifinfomsg` with attributes; nil without a name.
  init?(linkMessage body: ArraySlice<UInt8>) {
    guard body.count >= 16 else { return nil }
    let attributes = Self.attributes(body.dropFirst(16))
    guard let name = attributes[Self.nameAttribute] else { return nil }
    index = body.native32(at: 4)
    flags = body.native32(at: 8)
    self.name = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    mtu = attributes[Self.mtuAttribute].map { Int($0.native32(at: 0)) } ?? 1500
  }

  /// Interface index and address of a `struct ifaddrmsg` with attributes; nil when there is none that can be used.
  static func address(in body: ArraySlice<UInt8>) -> (index: UInt32, prefix: AddressPrefix)? {
    guard body.count >= 8 else { return nil }
    let attributes = attributes(body.dropFirst(8))
    let start = body.startIndex
    let flags = attributes[flagsAttribute]?.native32(at: 0) ?? UInt32(body[start + 2])
    guard flags & unusable == 0,
      // For IPv4 the local address; the other one is the far end of a point-to-point link.
      let bytes = attributes[localAttribute] ?? attributes[addressAttribute],
      let address = IPAddress(bytes: bytes), address.isUsable
    else { return nil }
    return (body.native32(at: 4), AddressPrefix(address: address, length: Int(body[start + 1])))
  }

  static func attributes(_ bytes: ArraySlice<UInt8>) -> [UInt16: ArraySlice<UInt8>] {
    var result: [UInt16: ArraySlice<UInt8>] = [:]
    var rest = bytes
    while rest.count >= 4 {
      let length = Int(rest.native16(at: 0))
      guard length >= 4, length <= rest.count else { break }
      result[rest.native16(at: 2) & 0x3FFF] = rest.dropFirst(4).prefix(length - 4)
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return result
  }
}
