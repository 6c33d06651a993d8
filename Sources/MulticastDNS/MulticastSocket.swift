internal import Glibc

/// A packet from the network.
struct Datagram {
  var payload: [UInt8]
  var source: Endpoint
  var interface: UInt32
  var viaMulticast: Bool
}

/// One socket on port 5353 for all interfaces of one address family; each packet says and is told which interface.
struct MulticastSocket: Sendable {
  let isIPv6: Bool
  let descriptor: Descriptor
  // Linux constants that the C library's module does not carry.
  private static let ipv4MulticastAll: Int32 = 49
  private static let ipv6MulticastAll: Int32 = 29
  private static let receiveBuffer: Int32 = 1 << 20

  /// Opens and binds the socket, shared with other responders on this host (RFC 6762 section 15.1). Nil when the kernel
  /// does not have the address family.
  ///
  /// - Throws: `MulticastDNSError.portTaken` when someone holds the port alone, `.system` for anything else.
  init?(isIPv6: Bool) throws(MulticastDNSError) {
    let family = isIPv6 ? AF_INET6 : AF_INET
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let number = socket(family, kind, 0)
    if number < 0, errno == EAFNOSUPPORT { return nil }
    descriptor = try Descriptor(number, from: isIPv6 ? "socket(AF_INET6)" : "socket(AF_INET)")
    self.isIPv6 = isIPv6
    // Both: the first shares with other users' processes, the second with programs that set nothing else.
    _ = descriptor.set(SOL_SOCKET, SO_REUSEADDR, 1)
    _ = descriptor.set(SOL_SOCKET, SO_REUSEPORT, 1)
    _ = descriptor.set(SOL_SOCKET, SO_RCVBUF, Self.receiveBuffer)
    if isIPv6 { setIPv6Options() } else { setIPv4Options() }
    guard bindToPort() == 0 else {
      if errno == EADDRNOTAVAIL { return nil }
      if errno == EADDRINUSE { throw .portTaken(text: String(cString: strerror(errno))) }
      throw .last(isIPv6 ? "bind(udp6 port 5353)" : "bind(udp port 5353)")
    }
  }

  private func setIPv4Options() {
    let level = Int32(IPPROTO_IP)
    _ = descriptor.set(level, IP_PKTINFO, 1)
    _ = descriptor.set(level, IP_MULTICAST_TTL, 255)
    _ = descriptor.set(level, IP_TTL, 255)
    _ = descriptor.set(level, IP_MULTICAST_LOOP, 1)
    // Without this, groups joined by others on interfaces that we leave out would reach us too.
    _ = descriptor.set(level, Self.ipv4MulticastAll, 0)
  }

  private func setIPv6Options() {
    let level = Int32(IPPROTO_IPV6)
    _ = descriptor.set(level, IPV6_V6ONLY, 1)
    _ = descriptor.set(level, IPV6_RECVPKTINFO, 1)
    _ = descriptor.set(level, IPV6_MULTICAST_HOPS, 255)
    _ = descriptor.set(level, IPV6_UNICAST_HOPS, 255)
    _ = descriptor.set(level, IPV6_MULTICAST_LOOP, 1)
    _ = descriptor.set(level, Self.ipv6MulticastAll, 0)
  }

  private func bindToPort() -> Int32 {
    SocketAddress.with(nil, isIPv6: isIPv6, port: multicastDNSPort, scope: 0) { bind(descriptor.number, $0, $1) }
  }

  /// Joins or leaves the group on an interface. Returns false when the kernel refuses, for example for too many groups.
  func setMembership(_ isMember: Bool, on interface: UInt32) -> Bool {
    let size: socklen_t
    if isIPv6 {
      var request = ipv6_mreq()
      withUnsafeMutableBytes(of: &request.ipv6mr_multiaddr) { $0.copyBytes(from: SocketAddress.ipv6Group) }
      request.ipv6mr_interface = numericCast(interface)
      size = socklen_t(MemoryLayout<ipv6_mreq>.size)
      let option = isMember ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP
      return setsockopt(descriptor.number, Int32(IPPROTO_IPV6), option, &request, size) == 0 || errno == EADDRINUSE
    }
    var request = ip_mreqn()
    withUnsafeMutableBytes(of: &request.imr_multiaddr) { $0.copyBytes(from: SocketAddress.ipv4Group) }
    request.imr_ifindex = Int32(bitPattern: interface)
    size = socklen_t(MemoryLayout<ip_mreqn>.size)
    let option = isMember ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP
    return setsockopt(descriptor.number, Int32(IPPROTO_IP), option, &request, size) == 0 || errno == EADDRINUSE
  }

  /// Sends a packet on an interface, to the group when there is no destination. `source` is the address to send from
  /// in IPv4; in IPv6 the kernel chooses one of the interface.
  func send(_ payload: [UInt8], to destination: Endpoint?, interface: UInt32, source: IPAddress?) -> Bool {
    var control = PacketInfo.outgoing(isIPv6: isIPv6, interface: interface, source: source)
    let port = destination?.port ?? multicastDNSPort
    return SocketAddress.with(destination?.address, isIPv6: isIPv6, port: port, scope: interface) { address, length in
      payload.withUnsafeBytes { bytes in
        control.withUnsafeMutableBytes { control in
          // sendmsg(2) only reads what it is given, whatever its signature says.
          var vector = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
          return withUnsafeMutablePointer(to: &vector) { vector in
            var header = msghdr()
            header.msg_name = UnsafeMutableRawPointer(mutating: address)
            header.msg_namelen = length
            header.msg_iov = vector
            header.msg_iovlen = 1
            header.msg_control = control.baseAddress
            header.msg_controllen = numericCast(control.count)
            return sendmsg(descriptor.number, &header, Int32(MSG_NOSIGNAL)) == bytes.count
          }
        }
      }
    }
  }

  /// Reads what has arrived, up to `limit` packets, and gives each to `handle`.
  func receive(limit: Int, _ handle: (Datagram) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: Message.maximumLength, alignment: 8) { buffer in
      for _ in 0..<limit {
        if !receiveOne(into: buffer, handle) { return }
      }
    }
  }

  /// False when nothing is there.
  private func receiveOne(into buffer: UnsafeMutableRawBufferPointer, _ handle: (Datagram) -> Void) -> Bool {
    var name = sockaddr_storage()
    return withUnsafeTemporaryAllocation(byteCount: PacketInfo.space, alignment: 8) { control in
      var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
      var header = msghdr()
      let count = withUnsafeMutablePointer(to: &name) { name in
        withUnsafeMutablePointer(to: &vector) { vector in
          header.msg_name = UnsafeMutableRawPointer(name)
          header.msg_namelen = socklen_t(MemoryLayout<sockaddr_storage>.size)
          header.msg_iov = vector
          header.msg_iovlen = 1
          header.msg_control = control.baseAddress
          header.msg_controllen = numericCast(control.count)
          return recvmsg(descriptor.number, &header, 0)
        }
      }
      guard count >= 0 else { return false }
      let used = UnsafeRawBufferPointer(rebasing: control[0..<min(Int(header.msg_controllen), control.count)])
      if header.msg_flags & Int32(MSG_TRUNC) == 0, let info = PacketInfo(incoming: used),
        let source = SocketAddress.endpoint(name)
      {
        let payload = Array(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
        handle(
          Datagram(payload: payload, source: source, interface: info.interface, viaMulticast: info.viaMulticast))
      }
      return true
    }
  }
}
