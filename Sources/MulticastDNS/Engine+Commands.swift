/// What the user of the engine asks for.
extension Engine {
  /// Makes a service known. The same wanted name and type again replaces port and TXT without a new proof of the name
  /// (RFC 6762 section 8.4).
  ///
  /// - Throws: `MulticastDNSError.invalidServiceType`.
  mutating func advertise(_ advertisement: Advertisement, now: Milliseconds) throws(MulticastDNSError) {
    let now = advance(to: now)
    let type = try Self.serviceType(advertisement.type)
    let same = profile.services.first {
      $0.value.type == type && $0.value.advertisement.instanceName == advertisement.instanceName
    }
    if let number = same?.key {
      guard same?.value.advertisement != advertisement else { return }
      profile.services[number]?.advertisement = advertisement
      publishProfile()
      for id in links.keys.sorted() { links[id]?.announceAgain(.service(number), now: now) }
    } else {
      let label = InstanceLabel.clean(advertisement.instanceName)
      let service = Service(
        advertisement: advertisement, label: label, type: type, instance: InstanceLabel.name(label, under: type))
      let number = nextService
      nextService += 1
      profile.services[number] = service
      publishProfile()
      for id in links.keys.sorted() { links[id]?.restart(.service(number), at: now) }
    }
  }

  /// Takes all services back, with goodbyes.
  mutating func withdraw(now: Milliseconds) { withdraw(profile.services.keys.sorted().map { .service($0) }, now: now) }

  /// Takes everything back, the host name too.
  mutating func shutDown(now: Milliseconds) {
    withdraw([.host] + profile.services.keys.sorted().map { .service($0) }, now: now)
  }

  private mutating func withdraw(_ claims: [ClaimID], now: Milliseconds) {
    let now = advance(to: now)
    for id in links.keys.sorted() {
      links[id]?.withdraw(claims, now: now)
      collect(from: id, now: now)
    }
    profile.services = [:]
    publishProfile()
  }

  /// Looks for instances of this type, and of no other from now on.
  ///
  /// - Throws: `MulticastDNSError.invalidServiceType`.
  mutating func browse(type: String, now: Milliseconds) throws(MulticastDNSError) {
    let now = advance(to: now)
    let browsed = try Self.serviceType(type)
    guard browsed != profile.browsed else { return }
    profile.browsed = browsed
    publishProfile()
    for id in links.keys.sorted() {
      links[id]?.scan(now: now)
      collect(from: id, now: now)
    }
  }

  /// Asks again for everything, at once.
  mutating func scan(now: Milliseconds) {
    let now = advance(to: now)
    for id in links.keys.sorted() { links[id]?.scan(now: now) }
  }

  /// Doubts an instance, by its reported name.
  mutating func reconfirm(_ name: String, now: Milliseconds) {
    let now = advance(to: now)
    for (instance, value) in reported where value.name == name {
      for id in links.keys.sorted() { links[id]?.reconfirm(instance, now: now) }
    }
  }

  /// The links in use from now on. What was known on a link that is gone is forgotten.
  mutating func setLinks(_ new: [Link], now: Milliseconds) {
    let now = advance(to: now)
    var isMoved = false
    for id in links.keys where !new.contains(where: { $0.id == id }) {
      links[id] = nil
      reportAt = min(reportAt ?? .max, now + Limits.reportDelay)
    }
    for link in new.sorted(by: { $0.id < $1.id }) {
      guard let old = links[link.id]?.link else {
        links[link.id] = LinkEngine(link: link, profile: profile, seed: random.next(), now: now)
        continue
      }
      guard old != link else { continue }
      links[link.id]?.adopt(link)
      guard old.addresses != link.addresses else { continue }
      isMoved = true
      if old.sharesNetwork(with: link) {
        links[link.id]?.announceAgain(.host, now: now)
      } else {
        // Another network, as far as one can tell: others may hold our names there (section 8).
        for claim in links[link.id]?.claims.keys.sorted() ?? [] { links[link.id]?.restart(claim, at: now) }
        links[link.id]?.scan(now: now)
      }
    }
    keepTraffic(of: links.keys)
    publishProfile()
    let interfaces = Set(new.map(\.interfaceName)).sorted()
    if interfaces != reportedInterfaces || isMoved {
      reportedInterfaces = interfaces
      emit(.interfacesChanged(interfaces))
    }
  }

  /// Gives every link the present profile and collects which records are ours.
  mutating func publishProfile() {
    for id in links.keys { links[id]?.adopt(profile) }
    profile.ownRecords = Set(
      links.values.flatMap(\.owned).flatMap { $0.unique + $0.shared + [$0.existing] }.map(\.identity))
    for id in links.keys { links[id]?.adopt(profile) }
  }

  static func serviceType(_ text: String) throws(MulticastDNSError) -> DNSName {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) }
    guard labels.count == 2, labels[0].count > 1, labels[0].first == UInt8(ascii: "_"),
      ["_tcp", "_udp"].contains(String(decoding: labels[1], as: UTF8.self).lowercased()),
      let name = DNSName(labels: labels + [Array("local".utf8)]), name.wire.count <= 100
    else { throw .invalidServiceType(text) }
    return name
  }
}
