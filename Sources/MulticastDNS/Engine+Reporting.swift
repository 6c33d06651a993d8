/// What the user gets to see: records of all links put together, and told once they have settled for a moment.
extension Engine {
  /// The instances known now, by name.
  var instances: [ServiceInstance] { reported.values.sorted { $0.name < $1.name } }

  /// Seconds since the newest record of a reported instance came, by its reported name.
  func age(of name: String, now: Milliseconds) -> Double {
    let labels = reported.filter { $0.value.name == name }.map(\.key)
    let times = links.values.flatMap { link in
      labels.flatMap { label in
        [RecordType.srv, .txt].flatMap { link.cache[RecordKey(name: label, type: $0)].map(\.receivedAt) }
      }
    }
    return times.max().map { Double(max(0, now - $0)) / 1000 } ?? 0
  }

  /// Compares what is known with what was told, and tells the difference.
  mutating func report() {
    guard let browsed = profile.browsed else { return }
    let own = Set(profile.services.values.map(\.instance))
    var present: [DNSName: Set<String>] = [:]
    for link in links.values {
      for entry in link.cache[RecordKey(name: browsed, type: .ptr)] {
        guard case .pointer(let instance) = entry.record.data, !own.contains(instance) else { continue }
        present[instance, default: []].insert(link.link.interfaceName)
      }
    }
    for (instance, value) in reported where present[instance] == nil {
      reported[instance] = nil
      emit(.lost(name: value.name))
    }
    for (instance, interfaces) in present.sorted(by: { $0.key.folded.lexicographicallyPrecedes($1.key.folded) }) {
      // An instance that lacks something stays as it was told until it is complete again or gone.
      guard let value = assemble(instance, interfaces: interfaces.sorted()), reported[instance] != value,
        reported[instance] != nil || reported.count < Limits.instances
      else { continue }
      reported[instance] = value
      emit(.found(value))
    }
  }

  private func assemble(_ instance: DNSName, interfaces: [String]) -> ServiceInstance? {
    let key = RecordKey(name: instance, type: .srv)
    let services = links.values.flatMap { link in link.cache[key].map { (entry: $0, link: link) } }
    guard let newest = services.max(by: { $0.entry.receivedAt < $1.entry.receivedAt }),
      case .service(_, _, let port, let target) = newest.entry.record.data
    else { return nil }
    // The text from the link of the service record if possible: on two networks a name may be two services.
    let textKey = RecordKey(name: instance, type: .txt)
    let near = newest.link.cache[textKey]
    let texts = near.isEmpty ? links.values.flatMap { $0.cache[textKey] } : near
    guard let text = texts.max(by: { $0.receivedAt < $1.receivedAt }), case .text(let wire) = text.record.data else {
      return nil
    }
    let addresses = addresses(of: target)
    guard !addresses.isEmpty else { return nil }
    return ServiceInstance(
      name: instance.firstLabelText, host: target.description, port: port, txt: TXTRecord(checkedWire: wire),
      addresses: addresses, interfaces: interfaces)
  }

  private func addresses(of host: DNSName) -> [ScopedAddress] {
    var found: Set<ScopedAddress> = []
    for (id, link) in links {
      for entry in link.cache[RecordKey(name: host, type: .a)] + link.cache[RecordKey(name: host, type: .aaaa)] {
        guard case .address(let address) = entry.record.data else { continue }
        let scope = address.isLinkLocal && !address.isIPv4 ? id.interface : 0
        found.insert(ScopedAddress(address, scope: scope))
      }
    }
    let prefixes = links.values.flatMap(\.link.addresses)
    return found.map { (rank: rank(of: $0, among: prefixes), address: $0) }
      .sorted { ($0.rank, $0.address.address, $0.address.scope) < ($1.rank, $1.address.address, $1.address.scope) }
      .map(\.address)
  }

  /// IPv4 in a subnet of ours, IPv6 in a prefix of ours, IPv6 link-local, other IPv4, other IPv6.
  private func rank(of address: ScopedAddress, among prefixes: [AddressPrefix]) -> Int {
    if address.scope != 0 { return 2 }
    let isNear = prefixes.contains { $0.contains(address.address) }
    return (isNear ? 0 : 3) + (address.isIPv4 ? 0 : 1)
  }
}
