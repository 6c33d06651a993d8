import Glibc
import HTTPTypes
import NIOCore
import PeerModel

/// Decides whether a loopback HTTP request comes from an owner of this node: the kernel says which user holds the client's
/// socket, and nothing in the request may look like a browser's.
enum OwnerProof {
  /// - Returns: the owner's user id.
  /// - Throws: ``NodeError`` `not_allowed` with the reason.
  static func uid(
    of client: SocketAddress?, to server: SocketAddress?, headers: HTTPFields, authority: String?
  ) throws(NodeError) -> UInt32 {
    try refuseBrowsers(headers, authority: authority)
    guard let local = client.flatMap(end), let remote = server.flatMap(end),
      let uid = SocketTable.owner(local: local, remote: remote)
    else { throw NodeError(.notAllowed, "the client's user could not be established") }
    guard isOwner(uid) else {
      throw NodeError(
        .notAllowed, "user \(uid) is not an owner of this node", hint: "sudo usermod -aG \(LocalGroup.name) USER")
    }
    return uid
  }

  /// A page in the owner's browser must not act in the owner's name, not even through a DNS name of its own that
  /// points here.
  static func refuseBrowsers(_ headers: HTTPFields, authority: String?) throws(NodeError) {
    try refuseBrowserFields(headers)
    guard let authority, isLoopback(authority: authority) else {
      throw NodeError(
        .notAllowed, "the Host header does not name this machine's loopback", hint: "use http://localhost")
    }
  }

  static func refuseBrowserFields(_ headers: HTTPFields) throws(NodeError) {
    let browserFields = ["Origin", "Referer", "Sec-Fetch-Site"].compactMap { HTTPField.Name($0) }
    if let field = browserFields.first(where: { headers[$0] != nil }) {
      throw NodeError(.notAllowed, "requests with a header \(field.canonicalName) come from browsers and are refused")
    }
  }

  /// Exactly a loopback name, with a port or without.
  static func isLoopback(authority: String) -> Bool {
    let isBracketed = authority.hasPrefix("[")
    let host = isBracketed ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    let rest = authority.dropFirst(host.count)
    let isPort = rest.first == ":" && rest.dropFirst().allSatisfy { ("0"..."9").contains($0) }
    return (rest.isEmpty || isPort) && ["localhost", "127.0.0.1", "[::1]"].contains(host.lowercased())
  }

  static func isOwner(_ uid: UInt32) -> Bool { uid == 0 || uid == geteuid() || LocalGroup.contains(uid) }

  /// An IPv4 address mapped into IPv6 is an IPv4 socket in the kernel's tables on the other side.
  private static func end(_ address: SocketAddress) -> SocketTable.End? {
    guard let port = address.port.flatMap(UInt16.init(exactly:)) else { return nil }
    switch address {
    case .v4(let value):
      return withUnsafeBytes(of: value.address.sin_addr) { SocketTable.End(address: Array($0), port: port) }
    case .v6(let value):
      let bytes = withUnsafeBytes(of: value.address.sin6_addr) { Array($0) }
      return SocketTable.End(address: SocketTable.unmapped(bytes), port: port)
    case .unixDomainSocket: return nil
    }
  }
}

extension SocketAddress {
  /// Whether the address is this machine's loopback, also as IPv4 mapped into IPv6.
  var isLoopback: Bool {
    guard let text = ipAddress else { return false }
    return text == "::1" || text.hasPrefix("127.") || text.hasPrefix("::ffff:127.")
  }

  /// The address without port, IPv4 in its plain form also when mapped into IPv6; with the interface where link-local.
  var plainHost: String {
    guard let text = ipAddress else { return "" }
    if text.hasPrefix("::ffff:") { return String(text.dropFirst(7)) }
    if case .v6(let value) = self, value.address.sin6_scope_id != 0, text.hasPrefix("fe80") {
      var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
      guard if_indextoname(value.address.sin6_scope_id, &name) != nil else { return text }
      return "\(text)%\(String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))"
    }
    return text
  }
}
