internal import Glibc

/// The kernel's lists of interfaces and addresses, over rtnetlink. getifaddrs(3) would do but for two things: it hides
/// whether an address is still being checked for duplicates, and the MTU.
enum Netlink {
  private static let headerLength = 16
  private static let error: UInt16 = 2
  private static let done: UInt16 = 3
  private static let newLink: UInt16 = 16
  private static let getLink: UInt16 = 18
  private static let newAddress: UInt16 = 20
  private static let getAddress: UInt16 = 22
  private static let requestDump: UInt16 = 0x301
  private static let groups: UInt32 = 0x1 | 0x10 | 0x100

  /// A socket that becomes readable when links, IPv4 or IPv6 addresses change.
  ///
  /// - Throws: `MulticastDNSError.system`.
  static func monitor() throws(MulticastDNSError) -> Descriptor { try open(groups: groups, flags: SOCK_NONBLOCK) }

  /// The interfaces as they are now, with the addresses that can be used; nil when the kernel does not tell.
  static func interfaces() -> [NetworkInterface]? {
    guard let socket = try? open(groups: 0, flags: SOCK_CLOEXEC) else { return nil }
    var byIndex: [UInt32: NetworkInterface] = [:]
    let hasLinks = dump(getLink, bodyLength: 16, over: socket) { type, body in
      guard type == newLink, let interface = NetworkInterface(linkMessage: body) else { return }
      byIndex[interface.index] = interface
    }
    let hasAddresses = dump(getAddress, bodyLength: 8, over: socket) { type, body in
      guard type == newAddress else { return }
      if let (index, prefix) = NetworkInterface.address(in: body) { byIndex[index]?.addresses.append(prefix) }
    }
    guard hasLinks, hasAddresses else { return nil }
    return byIndex.values.sorted { $0.index < $1.index }
  }

  static func open(groups: UInt32, flags: __socket_type) throws(MulticastDNSError) -> Descriptor {
    let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | flags.rawValue)
    let descriptor = try Descriptor(socket(AF_NETLINK, kind, 0), from: "socket(AF_NETLINK)")
    // struct sockaddr_nl: family, padding, port (the kernel chooses), groups.
    var address: (UInt16, UInt16, UInt32, UInt32) = (UInt16(AF_NETLINK), 0, 0, groups)
    let result = withUnsafeBytes(of: &address) { bytes in
      bytes.withMemoryRebound(to: sockaddr.self) { bind(descriptor.number, $0.baseAddress, socklen_t(bytes.count)) }
    }
    guard result == 0 else { throw .last("bind(AF_NETLINK)") }
    return descriptor
  }

  static func dump(
    _ request: UInt16, bodyLength: Int, over socket: Descriptor, _ handle: (UInt16, ArraySlice<UInt8>) -> Void
  ) -> Bool {
    var timeout = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(socket.number, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var message = ByteWriter()
    message.append(UInt32(headerLength + bodyLength))
    message.append(request)
    message.append(requestDump)
    message.bytes += [UInt8](repeating: 0, count: 8 + bodyLength)
    guard send(socket.number, message.bytes, message.bytes.count, 0) == message.bytes.count else { return false }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(socket.number, &buffer, buffer.count, 0)
      guard count > 0 else { return false }
      var rest = buffer[0..<count]
      while rest.count >= headerLength {
        let length = Int(rest.native32(at: 0))
        let type = rest.native16(at: 4)
        guard length >= headerLength, length <= rest.count, type != error else { return false }
        if type == done { return true }
        handle(type, rest.dropFirst(headerLength).prefix(length - headerLength))
        rest = rest.dropFirst((length + 3) & ~3)
      }
    }
  }
}

/// Builds a message in the byte order of the machine.
private struct ByteWriter {
  var bytes: [UInt8] = []
  mutating func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { bytes += Array($0) } }
}

extension ArraySlice<UInt8> {
  /// Two bytes in the order of the machine; zero beyond the end.
  func native16(at offset: Int) -> UInt16 { native(at: offset, or: 0) }
  /// Four bytes in the order of the machine; zero beyond the end.
  func native32(at offset: Int) -> UInt32 { native(at: offset, or: 0) }

  private func native<Value: FixedWidthInteger>(at offset: Int, or absent: Value) -> Value {
    guard offset + MemoryLayout<Value>.size <= count else { return absent }
    return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
  }
}
