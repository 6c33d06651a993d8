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
  /// Traffic of each link in use, by interface and address family.
  package var links: [LinkTraffic] = []
}
