/// Keeping what others say, as far as the browsed type needs it (RFC 6762 section 10).
extension LinkEngine {
  mutating func absorb(_ records: [ResourceRecord], from source: IPAddress, now: Milliseconds) {
    guard profile.browsed != nil else { return }
    var flushed: Set<RecordKey> = []
    // Addresses after services, which decide whose addresses are of interest.
    for record in records where isAboutInstance(record) { absorb(record, source, now, &flushed) }
    for record in records where isAboutHost(record) { absorb(record, source, now, &flushed) }
  }

  private func isAboutInstance(_ record: ResourceRecord) -> Bool {
    guard let browsed = profile.browsed else { return false }
    switch record.data {
    case .pointer(let instance): return record.name == browsed && instance.isChild(of: browsed)
    case .service, .text, .existing: return record.name.isChild(of: browsed)
    case .address, .opaque: return false
    }
  }

  private func isAboutHost(_ record: ResourceRecord) -> Bool {
    switch record.data {
    case .address(let address): return address.isUsable && cache.isHostInUse(record.name)
    case .existing: return cache.isHostInUse(record.name)
    case .pointer, .service, .text, .opaque: return false
    }
  }

  private mutating func absorb(
    _ record: ResourceRecord, _ source: IPAddress, _ now: Milliseconds, _ flushed: inout Set<RecordKey>
  ) {
    let key = record.key
    if record.cacheFlush, flushed.insert(key).inserted {
      // Section 10.2: what is older than a second is superseded, after a second in which the rest of a set that came
      // in several packets can arrive.
      cache.update(key) { entry in
        if now - entry.receivedAt > 1000 { entry.expire(by: now + Limits.goodbyeGrace) }
      }
    }
    if record.ttl == 0 {
      // Section 10.1: a goodbye takes effect after a second, in which another holder may object.
      cache.update(key, record.data) { $0.expire(by: now + Limits.goodbyeGrace) }
      return
    }
    var entry = CacheEntry(record, receivedAt: now, source: source)
    entry.planRefresh(&random)
    let isNew = cache.store(entry, limit: Self.limit(of: record.type))
    if cache.has(key) { lookups[key] = nil }
    if isNew {
      hasNews = true
      planAt = min(planAt ?? .max, now + random.milliseconds(20...60))
    }
  }

  /// How many records of one name and type are plausible.
  private static func limit(of type: RecordType) -> Int {
    switch type {
    case .ptr: Limits.cacheEntriesPerSource * 4
    case .a, .aaaa: Limits.addressesPerHost
    default: Limits.recordsPerUniqueName
    }
  }
}
