import Glibc

/// The addresses of this machine's interfaces.
enum LocalAddresses {
  /// As text, without the zone of link-local ones; empty when the kernel does not tell.
  static var all: Set<String> {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var addresses: Set<String> = []
    var next = list
    while let entry = next {
      if let address = entry.pointee.ifa_addr, let text = text(address) { addresses.insert(text) }
      next = entry.pointee.ifa_next
    }
    return addresses
  }

  private static func text(_ address: UnsafeMutablePointer<sockaddr>) -> String? {
    let size =
      switch Int32(address.pointee.sa_family) {
      case AF_INET: MemoryLayout<sockaddr_in>.size
      case AF_INET6: MemoryLayout<sockaddr_in6>.size
      default: 0
      }
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard size > 0,
      getnameinfo(address, socklen_t(size), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
    else { return nil }
    return String(
      decoding: host.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: "%")) }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
