import Glibc

/// Addresses that count as one client: whoever has an IPv6 network has 2⁶⁴ addresses in it and may use a new one for
/// every connection.
enum AddressGroup {
  /// The key under which an address is counted: an IPv4 address itself, an IPv6 address its first 64 bits.
  /// - Parameter host: an address without port, as `SocketAddress.plainHost` has it.
  static func key(of host: String) -> String {
    guard host.contains(":") else { return host }
    let parts = host.split(separator: "%", maxSplits: 1)
    var address = in6_addr()
    guard let text = parts.first, inet_pton(AF_INET6, String(text), &address) == 1 else { return host }
    for index in 8..<16 { withUnsafeMutableBytes(of: &address) { $0[index] = 0 } }
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count)) != nil else { return host }
    let network = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return parts.count > 1 ? "\(network)/64%\(parts[1])" : "\(network)/64"
  }
}
