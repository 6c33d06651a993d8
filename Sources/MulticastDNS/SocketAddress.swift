internal import Glibc

/// Addresses in the form of the socket calls.
enum SocketAddress {
  static let ipv4Group: [UInt8] = [224, 0, 0, 251]
  static let ipv6Group: [UInt8] = [0xFF, 2] + [UInt8](repeating: 0, count: 13) + [0xFB]

  /// Calls `body` with a socket address: the given one, or without one the group when there is a scope, otherwise any.
  static func with<Result>(
    _ address: IPAddress?, isIPv6: Bool, port: UInt16, scope: UInt32,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    if isIPv6 {
      var socketAddress = sockaddr_in6()
      socketAddress.sin6_family = sa_family_t(AF_INET6)
      socketAddress.sin6_port = port.bigEndian
      socketAddress.sin6_scope_id = scope
      let bytes = address?.bytes ?? (scope == 0 ? [] : ipv6Group)
      withUnsafeMutableBytes(of: &socketAddress.sin6_addr) { $0.copyBytes(from: bytes.prefix(16)) }
      return rebound(&socketAddress, body)
    }
    var socketAddress = sockaddr_in()
    socketAddress.sin_family = sa_family_t(AF_INET)
    socketAddress.sin_port = port.bigEndian
    let bytes = address?.bytes ?? (scope == 0 ? [] : ipv4Group)
    withUnsafeMutableBytes(of: &socketAddress.sin_addr) { $0.copyBytes(from: bytes.prefix(4)) }
    return rebound(&socketAddress, body)
  }

  private static func rebound<Address, Result>(
    _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Address>.size)) }
    }
  }

  /// Address and port of a received socket address; nil for other families.
  static func endpoint(_ storage: sockaddr_storage) -> Endpoint? {
    withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET:
        let address = bytes.loadUnaligned(as: sockaddr_in.self)
        let ip = withUnsafeBytes(of: address.sin_addr) { IPAddress(bytes: Array($0)) }
        return ip.map { Endpoint(address: $0, port: UInt16(bigEndian: address.sin_port)) }
      case AF_INET6:
        let address = bytes.loadUnaligned(as: sockaddr_in6.self)
        let ip = withUnsafeBytes(of: address.sin6_addr) { IPAddress(bytes: Array($0)) }
        return ip.map { Endpoint(address: $0, port: UInt16(bigEndian: address.sin6_port)) }
      default: return nil
      }
    }
  }
}

/// The control message that names a packet's interface (ip(7), ipv6(7)). Written by hand, since the C macros for it
/// cannot be used from Swift: a header of length, level and type in 16 bytes, then the structure, padded to 8.
struct PacketInfo {
  static let space = 128
  private static let headerLength = 16

  var interface: UInt32
  /// Whether the packet was addressed to a group.
  var viaMulticast: Bool

  /// The first packet info among the control messages of a received packet; nil when there is none.
  init?(incoming control: UnsafeRawBufferPointer) {
    var offset = 0
    while offset + Self.headerLength <= control.count {
      let length = control.loadUnaligned(fromByteOffset: offset, as: Int.self)
      let level = control.loadUnaligned(fromByteOffset: offset + 8, as: Int32.self)
      let type = control.loadUnaligned(fromByteOffset: offset + 12, as: Int32.self)
      guard length >= Self.headerLength, offset + length <= control.count else { return nil }
      let data = offset + Self.headerLength
      if level == Int32(IPPROTO_IP), type == IP_PKTINFO, length >= Self.headerLength + 12 {
        // in_pktinfo: interface, local address, destination.
        interface = control.loadUnaligned(fromByteOffset: data, as: UInt32.self)
        viaMulticast = control[data + 8] & 0xF0 == 0xE0
        return
      }
      if level == Int32(IPPROTO_IPV6), type == IPV6_PKTINFO, length >= Self.headerLength + 20 {
        // in6_pktinfo: destination, interface.
        interface = control.loadUnaligned(fromByteOffset: data + 16, as: UInt32.self)
        viaMulticast = control[data] == 0xFF
        return
      }
      offset += (length + 7) & ~7
    }
    return nil
  }

  /// The control message for a packet to send.
  static func outgoing(isIPv6: Bool, interface: UInt32, source: IPAddress?) -> [UInt8] {
    let dataLength = isIPv6 ? 20 : 12
    var control = [UInt8](repeating: 0, count: (headerLength + dataLength + 7) & ~7)
    control.withUnsafeMutableBytes { bytes in
      bytes.storeBytes(of: headerLength + dataLength, as: Int.self)
      bytes.storeBytes(of: Int32(isIPv6 ? IPPROTO_IPV6 : IPPROTO_IP), toByteOffset: 8, as: Int32.self)
      bytes.storeBytes(of: isIPv6 ? IPV6_PKTINFO : IP_PKTINFO, toByteOffset: 12, as: Int32.self)
      bytes.storeBytes(of: interface, toByteOffset: headerLength + (isIPv6 ? 16 : 0), as: UInt32.self)
    }
    if !isIPv6, let source { control.replaceSubrange(headerLength + 4..<headerLength + 8, with: source.bytes) }
    return control
  }
}
