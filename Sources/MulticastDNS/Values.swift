/// A service to make known: one DNS-SD instance.
package struct Advertisement: Sendable, Equatable {
  /// What people see, up to 63 bytes of UTF-8; cut at a character boundary when longer, control characters left out.
  /// Not an identity: on a conflict it gets a number (RFC 6762 section 9).
  package var instanceName: String
  /// For example `_r-cli._tcp`.
  package var type: String
  /// TCP or UDP port, in host order.
  package var port: UInt16
  /// Key/value pairs; where identity belongs.
  package var txt: TXTRecord

  package init(instanceName: String, type: String, port: UInt16, txt: TXTRecord) {
    self.instanceName = instanceName
    self.type = type
    self.port = port
    self.txt = txt
  }
}

/// A service found, complete: with port, TXT and at least one address.
package struct ServiceInstance: Sendable, Equatable {
  /// The instance name as sent; foreign text, so print `displayName` instead.
  package let name: String
  /// The target host, such as `rd-0a1b2c3d.local`.
  package let host: String
  /// TCP or UDP port, in host order.
  package let port: UInt16
  /// The pairs of the TXT record, foreign text too.
  package let txt: TXTRecord
  /// Where to connect, best first: IPv4 in a subnet of ours, then IPv6 in a prefix of ours, IPv6 link-local, other
  /// IPv4, other IPv6. Never empty, no duplicates.
  package let addresses: [ScopedAddress]
  /// Names of the interfaces on which it was heard, sorted.
  package let interfaces: [String]

  /// `name` without anything that a terminal would obey.
  package var displayName: String { DisplayText.safe(name) }
}

/// What the discovery has to say.
package enum DiscoveryEvent: Sendable, Equatable {
  /// Our instance is announced under this name on at least one link. Comes again after a rename.
  case advertised(name: String)
  /// Someone else holds the name; ours is now the other one (RFC 6762 section 9). The TXT record is unchanged.
  case renamed(from: String, to: String)
  /// A service is new, or something about it changed.
  case found(ServiceInstance)
  /// A service said goodbye, stopped answering, or its link is gone.
  case lost(name: String)
  /// The interfaces in use, sorted by name; empty when there is none.
  case interfacesChanged([String])
}

/// Counters since the start, and gauges.
package struct DiscoveryStatistics: Sendable, Equatable {
  /// Packets that arrived on a link in use.
  package var received = 0
  /// Of which not well-formed DNS, or with a code or port that RFC 6762 says to ignore.
  package var malformed = 0
  /// Of which from an address outside the link's networks (section 11).
  package var offLink = 0
  /// Of which over the rate of one source.
  package var limited = 0
  /// Packets sent.
  package var sent = 0
  /// Packets that the kernel did not take.
  package var sendFailures = 0
  /// Records refused or displaced because the cache or a source's share was full.
  package var cacheRefusals = 0
  /// Questions not asked because someone else just had (section 7.3).
  package var suppressedQuestions = 0
  /// Records held now, over all links.
  package var cacheEntries = 0
  /// Instances known now.
  package var instances = 0
  /// Our host name now, such as `rd-0a1b2c3d.local`.
  package var hostName = ""
  /// The interfaces in use now, sorted.
  package var interfaces: [String] = []
}
