import MulticastDNS
import PeerModel

/// Asks the local network who is there, and watches what becomes of the question.
struct DiscoveryProbe: Sendable {
  let discovery: Discovery
  let settings: Settings

  struct Observation: Sendable {
    /// What each link carried meanwhile.
    var traffic: [LinkTraffic] = []
    var sightings: [Sighting] = []
    var isRunning = false
    var failure: String?
  }
  struct Sighting: Sendable {
    var id: PeerID
    /// Seconds since it was last heard.
    var age: Double
    var addresses: [PeerAddress]
  }

  private static let longest = Duration.milliseconds(1500)
  /// Answers come within 120 ms (RFC 6762, section 6), a moment later they are told.
  private static let shortest = Duration.milliseconds(700)

  /// - Returns: after a second or so, what was seen.
  func observe() async -> Observation {
    guard let engine = discovery.engine else { return Observation(failure: discovery.failure) }
    let before = await engine.statistics
    if settings.current.p2p.autoDiscover { engine.scan() }
    let started = ContinuousClock.now
    var traffic = before.links
    while ContinuousClock.now - started < Self.longest {
      guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { break }
      traffic = Self.difference(await engine.statistics.links, before.links)
      let isBack = traffic.allSatisfy { $0.sent == 0 || $0.echoes > 0 || $0.sendFailures > 0 }
      if isBack, ContinuousClock.now - started > Self.shortest { break }
    }
    // Somebody else may have asked a moment ago, so that nothing needed to be sent: then all that was counts.
    if traffic.allSatisfy({ $0.sent == 0 }) { traffic = await engine.statistics.links }
    let sightings = await engine.sightings().compactMap { sighting -> Sighting? in
      guard let id = sighting.instance.txt.string("peer_id").flatMap({ PeerID($0) }) else { return nil }
      let addresses = sighting.instance.addresses.map {
        PeerAddress(host: "\($0)", port: Int(sighting.instance.port))
      }
      return Sighting(id: id, age: sighting.age, addresses: addresses)
    }
    return Observation(traffic: traffic, sightings: sightings, isRunning: true)
  }

  static func difference(_ after: [LinkTraffic], _ before: [LinkTraffic]) -> [LinkTraffic] {
    after.map { link in
      var link = link
      if let old = before.first(where: { $0.interface == link.interface && $0.isIPv6 == link.isIPv6 }) {
        link.sent -= old.sent
        link.sendFailures -= old.sendFailures
        link.echoes -= old.echoes
        link.heard -= old.heard
      }
      return link
    }
  }

  /// How mDNS works here, and what it sees of one node.
  static func state(_ observation: Observation, of id: PeerID, _ p2p: Configuration.P2P) -> Reflection.Discovery {
    let sent = observation.traffic.filter { $0.sent > 0 }
    let seen = observation.sightings.filter { $0.id == id }.min { $0.age < $1.age }
    return Reflection.Discovery(
      isRunning: observation.isRunning, announces: p2p.advertiseMDNS, searches: p2p.autoDiscover,
      echoes: sent.isEmpty ? nil : sent.allSatisfy { $0.echoes > 0 },
      sends: sent.isEmpty ? nil : sent.allSatisfy { $0.sendFailures == 0 || $0.echoes > 0 }, age: seen?.age,
      addresses: seen.map { Array($0.addresses.prefix(3)).map(\.description) } ?? [])
  }
}
