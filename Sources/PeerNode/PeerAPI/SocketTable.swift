import Glibc

/// Asks the kernel who owns the other end of a loopback connection (sock_diag(7) over netlink).
enum SocketTable {
  /// An address and a port, as the kernel's tables have them: 4 or 16 bytes in network order.
  struct End: Hashable, Sendable {
    var address: [UInt8]
    var port: UInt16
  }

  /// The user id that owns the TCP socket whose own end is `local`, connected to `remote`; nil when there is none, or
  /// when nobody holds it any more.
  static func owner(local: End, remote: End) -> UInt32? {
    let descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), netlinkSockDiag)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var limit = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let request = request(local: local, remote: remote)
    guard send(descriptor, request, request.count, 0) == request.count else { return nil }
    var reply = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &reply, reply.count, 0)
    guard count > 0 else { return nil }
    return owner(inReply: reply[..<count], local: local, remote: remote)
  }

  private static let netlinkSockDiag: Int32 = 4
  private static let sockDiagByFamily: UInt16 = 20
  private static let headerSize = 16
  private static let messageSize = 72

  /// nlmsghdr and inet_diag_req_v2 for exactly one socket.
  private static func request(local: End, remote: End) -> [UInt8] {
    var bytes: [UInt8] = []
    func append<Value: FixedWidthInteger>(_ value: Value) {
      withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
    }
    func append(address: [UInt8]) { bytes += address + [UInt8](repeating: 0, count: 16 - address.count) }
    append(UInt32(headerSize + 56))
    append(sockDiagByFamily)
    append(UInt16(1))  // NLM_F_REQUEST
    append(UInt32(1))
    append(UInt32(0))
    append(UInt8(local.address.count == 4 ? AF_INET : AF_INET6))
    append(UInt8(IPPROTO_TCP))
    append(UInt8(0))
    append(UInt8(0))
    append(UInt32.max)  // every state
    append(local.port.bigEndian)
    append(remote.port.bigEndian)
    append(address: local.address)
    append(address: remote.address)
    append(UInt32(0))  // any interface
    append(UInt64.max)  // INET_DIAG_NOCOOKIE
    return bytes
  }

  /// TCP_ESTABLISHED, and the states of a connection of which one side has said its last (tcp_states.h).
  private static let connectedStates: Set<UInt8> = [1, 4, 5, 8]

  /// inet_diag_msg: state at 1, ports at 4 and 6, addresses at 8 and 24, uid at 64, inode at 68.
  private static func owner(inReply reply: ArraySlice<UInt8>, local: End, remote: End) -> UInt32? {
    guard reply.count >= headerSize + messageSize else { return nil }
    return reply.withUnsafeBytes { bytes in
      guard bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self) == sockDiagByFamily else { return nil }
      // Where the connection is gone, the kernel answers with a socket that listens on its port: another's, maybe root's.
      let message = UnsafeRawBufferPointer(rebasing: bytes[headerSize...])
      guard connectedStates.contains(message[1]), end(in: message, port: 4, address: 8) == local,
        end(in: message, port: 6, address: 24) == remote
      else { return nil }
      let uid = bytes.loadUnaligned(fromByteOffset: headerSize + 64, as: UInt32.self)
      let inode = bytes.loadUnaligned(fromByteOffset: headerSize + 68, as: UInt32.self)
      // A socket that its process has closed reads as uid 0 and inode 0: that must never pass for root.
      return inode == 0 ? nil : uid
    }
  }

  private static func end(in message: UnsafeRawBufferPointer, port: Int, address: Int) -> End {
    let number = UInt16(bigEndian: message.loadUnaligned(fromByteOffset: port, as: UInt16.self))
    let isIPv4 = Int32(message[0]) == AF_INET
    let bytes = Array(message[address..<address + (isIPv4 ? 4 : 16)])
    return End(address: isIPv4 ? bytes : unmapped(bytes), port: number)
  }

  /// IPv4 mapped into IPv6 as plain IPv4 (RFC 4291, section 2.5.5.2); any other address as it is.
  static func unmapped(_ address: [UInt8]) -> [UInt8] {
    let isMapped =
      address.count == 16 && address[..<10].allSatisfy { $0 == 0 } && address[10] == 0xFF
      && address[11] == 0xFF
    return isMapped ? Array(address[12...]) : address
  }
}
