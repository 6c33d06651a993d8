/// Multicast DNS without input and output: packets and time in, packets and events out. The same seed and the same
/// input give the same behaviour.
///
/// Times are CLOCK_BOOTTIME milliseconds and never run backwards here; an earlier time than before counts as that.
struct Engine: Sendable {
  private(set) var events: [DiscoveryEvent] = []
  private var transmissions: [Transmission] = []
  private var counters = DiscoveryStatistics()
  private var traffic: [Link.ID: LinkTraffic] = [:]

  var profile: Profile
  var links: [Link.ID: LinkEngine] = [:]
  var random: SplitMix64
  private var limiter = SourceLimiter()
  private(set) var clock: Milliseconds = .min

  // Naming.
  let wantedHostLabel: String
  var hostNumber = 1
  var nextService = 0
  var conflictTimes: [Milliseconds] = []
  var isGivingWaySlowly = false

  // Reporting.
  var reported: [DNSName: ServiceInstance] = [:]
  var reportAt: Milliseconds?
  var reportedInterfaces: [String]?

  /// - Parameters:
  ///   - hostLabel: the host name wanted under `.local`; letters, digits and hyphens, others are left out.
  ///   - seed: for every random delay.
  init(hostLabel: String, seed: UInt64) {
    wantedHostLabel = HostLabel.clean(hostLabel)
    profile = Profile(hostName: HostLabel.name(wantedHostLabel, number: 1))
    random = SplitMix64(seed: seed)
  }

  /// What is to be sent and told since the last call.
  mutating func drain() -> (transmissions: [Transmission], events: [DiscoveryEvent]) {
    defer {
      transmissions = []
      events = []
    }
    return (transmissions, events)
  }

  mutating func emit(_ event: DiscoveryEvent) { events.append(event) }

  mutating func countSendFailure(on id: Link.ID) {
    counters.sendFailures += 1
    traffic[id]?.sendFailures += 1
  }

  var statistics: DiscoveryStatistics {
    var result = counters
    for link in links.values {
      result.cacheEntries += link.cache.count
      result.cacheRefusals += link.cache.refusals
      result.suppressedQuestions += link.suppressedQuestions
    }
    result.instances = reported.count
    result.hostName = profile.hostName.description
    result.interfaces = reportedInterfaces ?? []
    result.links = links.keys.sorted().map { id in
      var link = traffic[id] ?? LinkTraffic()
      (link.interface, link.isIPv6) = (links[id]?.link.interfaceName ?? "", id.isIPv6)
      return link
    }
    return result
  }

  /// When `tick` has to be called next; nil for never.
  var nextDeadline: Milliseconds? {
    let deadlines = links.values.compactMap(\.nextDeadline) + (reportAt.map { [$0] } ?? [])
    return deadlines.min()
  }

  /// Does what is due.
  mutating func tick(now: Milliseconds) {
    let now = advance(to: now)
    for id in links.keys.sorted() {
      guard let deadline = links[id]?.nextDeadline, deadline <= now else { continue }
      links[id]?.tick(now: now)
      collect(from: id, now: now)
    }
    if let time = reportAt, time <= now {
      reportAt = nil
      report()
    }
  }

  /// Handles a packet. `viaMulticast` tells whether it was addressed to the group.
  mutating func receive(
    _ payload: [UInt8], on id: Link.ID, from source: Endpoint, viaMulticast: Bool, now: Milliseconds
  ) {
    guard let link = links[id]?.link else { return }
    let now = advance(to: now)
    counters.received += 1
    guard link.isOnLink(source.address) else { return counters.offLink += 1 }
    if viaMulticast, source.port == multicastDNSPort, link.isOwn(source.address),
      links[id]?.echoes.claims(payload, now: now) == true
    {
      traffic[id]?.echoes += 1
      return
    }
    if !link.isOwn(source.address) { traffic[id]?.heard += 1 }
    guard limiter.allows(source.address, now: now) else { return counters.limited += 1 }
    guard let message = try? Message(parsing: payload) else { return counters.malformed += 1 }
    // Section 6: an answer from another port is none.
    guard !message.isResponse || source.port == multicastDNSPort else { return counters.malformed += 1 }
    links[id]?.receive(message, from: source, viaMulticast: viaMulticast, now: now)
    collect(from: id, now: now)
  }

  /// Forgets the traffic of links that are gone.
  mutating func keepTraffic(of ids: some Collection<Link.ID>) {
    traffic = Dictionary(uniqueKeysWithValues: ids.map { ($0, traffic[$0] ?? LinkTraffic()) })
  }

  /// Moves the clock forward, and finds out from a deadline long missed that the machine slept.
  mutating func advance(to time: Milliseconds) -> Milliseconds {
    let slept = nextDeadline.map { time - $0 > Limits.sleepThreshold } ?? false
    clock = max(clock, time)
    if slept { resume() }
    return clock
  }

  /// To be called after the machine slept: the world may be another one, so names are proved and questions asked anew
  /// (section 8).
  mutating func resume(now: Milliseconds) {
    clock = max(clock, now)
    resume()
  }

  private mutating func resume() {
    for id in links.keys.sorted() {
      for claim in links[id]?.claims.keys.sorted() ?? [] { links[id]?.restart(claim, at: clock) }
      links[id]?.scan(now: clock)
    }
  }

  /// Takes over what a link has produced.
  mutating func collect(from id: Link.ID, now: Milliseconds) {
    guard let link = links[id] else { return }
    counters.sent += link.outbox.count
    if !link.outbox.isEmpty { traffic[id, default: LinkTraffic()].sent += link.outbox.count }
    transmissions += link.outbox
    links[id]?.outbox = []
    if link.hasNews {
      links[id]?.hasNews = false
      reportAt = min(reportAt ?? .max, now + Limits.reportDelay)
    }
    if !link.announced.isEmpty {
      links[id]?.announced = []
      for claim in link.announced { noteAnnounced(claim) }
    }
    if !link.conflicts.isEmpty {
      links[id]?.conflicts = []
      for conflict in link.conflicts { resolve(conflict, on: id, now: now) }
    }
  }
}
