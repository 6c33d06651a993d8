internal import Glibc

/// What the kernel knows of a neighbour on a link: whether its address has been answered for (neighbour(7) states).
package enum Neighbor: String, Sendable, Hashable {
  /// It has answered, lately or once.
  case answered
  /// It was asked for and nobody answered.
  case silent

  private static let getNeighbor: UInt16 = 30
  private static let newNeighbor: UInt16 = 28
  private static let destination: UInt16 = 1
  /// NUD_INCOMPLETE and NUD_FAILED; NUD_REACHABLE, STALE, DELAY, PROBE, NOARP, PERMANENT are the rest.
  private static let unanswered: UInt16 = 0x01 | 0x20

  /// The state of an IP address, with or without `%interface`; nil when the kernel has not dealt with it.
  package static func of(_ host: String) -> Neighbor? {
    guard let wanted = IPAddress(text: host), let socket = try? Netlink.open(groups: 0, flags: SOCK_CLOEXEC) else {
      return nil
    }
    var found: Neighbor?
    // struct ndmsg: family, padding, interface, state, flags, type.
    _ = Netlink.dump(getNeighbor, bodyLength: 12, over: socket) { type, body in
      guard type == newNeighbor, body.count >= 12,
        let bytes = NetworkInterface.attributes(body.dropFirst(12))[destination], IPAddress(bytes: bytes) == wanted
      else { return }
      let state: Neighbor = body.native16(at: 8) & unanswered != 0 ? .silent : .answered
      if found != .answered { found = state }
    }
    return found
  }
}
