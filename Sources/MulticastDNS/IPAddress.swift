internal import Glibc

/// An IPv4 or IPv6 address without a scope. Fixed size, because sources of packets are counted by it.
struct IPAddress: Hashable, Sendable, Comparable {
  private let high: UInt64
  private let low: UInt64
  let isIPv4: Bool

  /// An address from 4 or 16 bytes in network order; nil for any other count.
  init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    isIPv4 = bytes.count == 4
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } << (bytes.count == 4 ? 32 : 0)
    low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// 4 or 16 bytes in network order.
  var bytes: [UInt8] {
    let first = (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64($0))) }
    if isIPv4 { return Array(first[0..<4]) }
    return first + (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64($0))) }
  }

  var isLinkLocal: Bool { isIPv4 ? high >> 48 == 0xA9FE : high >> 54 == 0x3FA }

  /// Whether one can reach a neighbour by it: not unspecified, loopback, multicast, broadcast or IPv4-mapped.
  var isUsable: Bool {
    if isIPv4 {
      let first = high >> 56
      return first != 0 && first != 127 && first < 224
    }
    let isLow = high == 0 && (low <= 1 || low >> 32 == 0xFFFF)
    return !isLow && high >> 56 != 0xFF
  }

  static func < (left: IPAddress, right: IPAddress) -> Bool {
    (left.isIPv4 ? 0 : 1, left.high, left.low) < (right.isIPv4 ? 0 : 1, right.high, right.low)
  }

  fileprivate func matches(_ other: IPAddress, bits: Int) -> Bool {
    guard isIPv4 == other.isIPv4 else { return false }
    let highBits = min(bits, 64)
    let lowBits = max(0, bits - 64)
    return (high ^ other.high) & Self.mask(highBits) == 0 && (low ^ other.low) & Self.mask(lowBits) == 0
  }

  private static func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : ~0 << UInt64(64 - min(bits, 64)) }
}

/// An address of ours with the length of its network prefix in bits.
struct AddressPrefix: Hashable, Sendable {
  let address: IPAddress
  let length: Int

  func contains(_ other: IPAddress) -> Bool { address.matches(other, bits: length) }
}

/// An address one can connect to: link-local IPv6 addresses carry the interface on which they are valid.
package struct ScopedAddress: Hashable, Sendable, CustomStringConvertible {
  let address: IPAddress
  /// Interface index for a link-local IPv6 address, otherwise 0. Goes into `sin6_scope_id`.
  package let scope: UInt32

  init(_ address: IPAddress, scope: UInt32) {
    self.address = address
    self.scope = scope
  }

  /// An address from 4 or 16 bytes in network order; nil for any other count.
  package init?(bytes: [UInt8], scope: UInt32 = 0) {
    guard let address = IPAddress(bytes: bytes) else { return nil }
    self.init(address, scope: scope)
  }

  /// 4 or 16 bytes in network order.
  package var bytes: [UInt8] { address.bytes }
  /// Whether this is an IPv4 address.
  package var isIPv4: Bool { address.isIPv4 }

  /// The usual text, with the interface's name behind `%` when there is a scope: `192.168.1.5`, `fe80::1%eth0`.
  package var description: String {
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
      _ = inet_ntop(isIPv4 ? AF_INET : AF_INET6, bytes, buffer.baseAddress, socklen_t(buffer.count))
      return buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
    if scope == 0 { return text }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { buffer in
      // The interface may be gone by now; its number is still what connect(2) was given.
      let name = if_indextoname(scope, buffer.baseAddress).map { String(cString: $0) } ?? String(scope)
      return text + "%" + name
    }
  }
}
