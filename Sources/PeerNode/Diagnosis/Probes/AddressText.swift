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

  /// `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT`, a bare IPv6 address; nil for a word that is no address: a single label
  /// without a port is somebody's name.
  static func address(_ word: String, usualPort: Int) -> PeerAddress? {
    let host: Substring
    let tail: Substring
    if word.hasPrefix("["), let end = word.lastIndex(of: "]") {
      host = word[word.index(after: word.startIndex)..<end]
      tail = word[word.index(after: end)...]
    } else if word.count(where: { $0 == ":" }) == 1, let colon = word.firstIndex(of: ":") {
      (host, tail) = (word[..<colon], word[colon...])
    } else {
      (host, tail) = (word[...], "")
    }
    let port = tail.isEmpty ? usualPort : tail.hasPrefix(":") ? Int(tail.dropFirst()) : nil
    guard let port, (1...65535).contains(port), let plain = try? HostText.check(String(host)) else { return nil }
    guard plain.contains(".") || plain.contains(":") || plain == "localhost" || !tail.isEmpty else { return nil }
    return PeerAddress(host: plain, port: port)
  }
}
