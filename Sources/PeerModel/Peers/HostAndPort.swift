/// Where a node is, as people write it: `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT` or a bare IPv6 address (the authority of
/// RFC 3986, section 3.2). What the host may be is for others to say.
package struct HostAndPort: Hashable, Sendable {
  package let host: String
  /// 1 to 65535; nil when none is written.
  package let port: Int?

  /// Nil when what stands after the host is no port.
  package init?(_ text: String) {
    let host: Substring
    let tail: Substring
    if text.hasPrefix("["), let end = text.lastIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<end]
      tail = text[text.index(after: end)...]
    } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
      (host, tail) = (text[..<colon], text[colon...])
    } else {
      (host, tail) = (text[...], "")
    }
    self.host = String(host)
    guard !tail.isEmpty else {
      port = nil
      return
    }
    guard tail.hasPrefix(":"), let port = Int(tail.dropFirst()), (1...65535).contains(port) else { return nil }
    self.port = port
  }
}
