import Glibc
import PeerModel

/// IP addresses as text, and what a person may give as one.
enum AddressText {
  /// The usual text of 4 or 16 bytes in network order.
  static func text(_ bytes: [UInt8]) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
      let family = bytes.count == 4 ? AF_INET : AF_INET6
      guard inet_ntop(family, bytes, buffer.baseAddress, socklen_t(buffer.count)) != nil else { return "" }
      return buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
  }

  /// What the word means as a ``HostAndPort``; nil for a word that is no address: a single label without a port is
  /// somebody's name.
  static func address(_ word: String, usualPort: Int) -> PeerAddress? {
    guard let place = HostAndPort(word), let host = try? HostText.check(place.host) else { return nil }
    guard host.contains(".") || host.contains(":") || host == "localhost" || place.port != nil else { return nil }
    return PeerAddress(host: host, port: place.port ?? usualPort)
  }
}
