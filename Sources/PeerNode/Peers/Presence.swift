package import PeerModel

/// What is known of a peer's reachability, in memory only: it is stale after a restart anyway.
package struct Presence: Hashable, Sendable {
  /// Seconds since 1970 of the last exchange that worked.
  package var lastExchange: Int?
  /// The last attempt failed.
  package var isFailing = false
  package var latencyMilliseconds: Double?
  /// Where discovery sees it now, best first; empty when it does not.
  package var sighted: [PeerAddress] = []
  /// The last call that did not end in time.
  package var lastTimeout: CallTimeout?
  /// What the peer lets us do, as it said in the last handshake.
  package var grantedTrust: TrustLevel?
  /// How busy the peer is, as it last told this node.
  package var load: SkillLoad?
  /// Steady seconds of the last answer that told it.
  package var loadToldAt: Int?
  /// The peer's owner has not decided about this node yet.
  package var isWaiting = false

  package init() {}

  /// How long an exchange counts as proof of being reachable, seconds.
  package static let freshness = 600

  package func isOnline(now: Int) -> Bool {
    guard !isFailing, let lastExchange else { return false }
    return now - lastExchange < Self.freshness
  }
}

/// A call to a peer that did not end in time.
package struct CallTimeout: Hashable, Sendable {
  /// Seconds since 1970.
  package var at: Int
  /// The limit that it ran into, seconds.
  package var limit: Double
}

/// Where a peer's API may be reached.
package struct PeerAddress: Hashable, Sendable {
  /// An IP address, with `%interface` where it is link-local, or a host name.
  package var host: String
  package var port: Int
  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }
}

extension PeerAddress: CustomStringConvertible {
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
