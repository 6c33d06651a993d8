/// A record heard from someone else, with its life on our clock.
struct CacheEntry: Sendable {
  var record: ResourceRecord
  var receivedAt: Milliseconds
  var expiresAt: Milliseconds
  /// When to ask again (RFC 6762 section 5.2); `.max` once that is over.
  var refreshAt: Milliseconds = .max
  var refreshStep = 0
  let source: IPAddress

  init(_ record: ResourceRecord, receivedAt: Milliseconds, source: IPAddress) {
    self.record = record
    self.receivedAt = receivedAt
    self.source = source
    expiresAt = receivedAt + Milliseconds(record.ttl) * 1000
  }

  /// The earliest moment of the next refresh: 80, 85, 90 and 95 % of the life.
  var refreshFloor: Milliseconds { receivedAt + Milliseconds(record.ttl) * Milliseconds(800 + 50 * refreshStep) }

  /// Sets the next refresh, up to 2 % of the life after its floor, so that not all hosts ask at once.
  mutating func planRefresh(_ random: inout SplitMix64) {
    guard refreshStep < 4, record.ttl > 1 else { return refreshAt = .max }
    refreshAt = refreshFloor + random.milliseconds(0...Milliseconds(record.ttl) * 20)
  }

  /// The record will go at `time` unless it is heard again; asking for it is pointless.
  mutating func expire(by time: Milliseconds) {
    expiresAt = min(expiresAt, time)
    refreshAt = .max
  }

  func hasHalfLifeLeft(_ now: Milliseconds) -> Bool { expiresAt - now > Milliseconds(record.ttl) * 500 }
}

/// The records of one link. Bounded as a whole and per source: a host that sends rubbish displaces its own records, and
/// when the whole is full, those of whoever holds the most.
struct RecordCache: Sendable {
  private var entries: [RecordKey: [RecordData: CacheEntry]] = [:]
  private(set) var count = 0
  private(set) var refusals = 0
  /// No entry expires or wants a refresh before this.
  private(set) var wakeAt: Milliseconds = .max
  private var countBySource: [IPAddress: Int] = [:]
  /// How many service records point to a host.
  private var uses: [DNSName: Int] = [:]

  /// The entries of a key, in no order.
  subscript(key: RecordKey) -> [CacheEntry] { entries[key].map { Array($0.values) } ?? [] }
  subscript(key: RecordKey, data: RecordData) -> CacheEntry? { entries[key]?[data] }

  func has(_ key: RecordKey) -> Bool { entries[key] != nil }

  func isHostInUse(_ name: DNSName) -> Bool { uses[name] != nil }

  /// Whether the owner of the name said that it has no such record (section 6.1).
  func denies(_ key: RecordKey) -> Bool {
    self[RecordKey(name: key.name, type: .nsec)].contains { entry in
      if case .existing(let types) = entry.record.data { return !types.contains(key.type) }
      return false
    }
  }

  /// Adds an entry or renews the one with the same record. Returns whether anything is known now that was not before.
  mutating func store(_ entry: CacheEntry, limit: Int) -> Bool {
    let key = entry.record.key
    wakeAt = min(wakeAt, entry.expiresAt, entry.refreshAt)
    if let old = self[key, entry.record.data] {
      // The first source keeps the entry in its share: renewing is free, and cannot be used to blame someone else.
      var renewed = CacheEntry(entry.record, receivedAt: entry.receivedAt, source: old.source)
      renewed.refreshAt = entry.refreshAt
      entries[key]?[entry.record.data] = renewed
      return false
    }
    guard (entries[key]?.count ?? 0) < limit, makeRoom(for: entry.source) else {
      refusals += 1
      return false
    }
    entries[key, default: [:]][entry.record.data] = entry
    account(entry, by: 1)
    return true
  }

  /// Changes the entries of a key in place.
  mutating func update(_ key: RecordKey, _ change: (inout CacheEntry) -> Void) {
    for data in entries[key].map({ Array($0.keys) }) ?? [] { update(key, data, change) }
  }

  /// Changes one entry in place, if it is there.
  mutating func update(_ key: RecordKey, _ data: RecordData, _ change: (inout CacheEntry) -> Void) {
    guard var entry = self[key, data] else { return }
    change(&entry)
    wakeAt = min(wakeAt, entry.expiresAt, entry.refreshAt)
    entries[key]?[data] = entry
  }

  /// Removes the entries for which `condition` holds and returns their records.
  @discardableResult
  mutating func remove(_ key: RecordKey, where condition: (CacheEntry) -> Bool) -> [ResourceRecord] {
    let gone = self[key].filter(condition)
    for entry in gone {
      entries[key]?[entry.record.data] = nil
      account(entry, by: -1)
    }
    if entries[key]?.isEmpty == true { entries[key] = nil }
    return gone.map(\.record)
  }

  /// What has expired, and what to ask again now. Entries past the floor of their refresh join one that is due, which
  /// saves packets.
  mutating func sweep(
    now: Milliseconds, random: inout SplitMix64
  ) -> (expired: [ResourceRecord], refresh: [(key: RecordKey, step: Int)]) {
    guard wakeAt <= now else { return ([], []) }
    let someDue = entries.values.contains { $0.values.contains { $0.refreshAt <= now } }
    let busy = entries.filter { _, entries in
      entries.values.contains { $0.expiresAt <= now || (someDue && $0.refreshAt != .max && $0.refreshFloor <= now) }
    }
    var expired: [ResourceRecord] = []
    var refresh: [(key: RecordKey, step: Int)] = []
    // In a fixed order, since each draws from the generator.
    for key in busy.keys.sorted() {
      expired += remove(key) { $0.expiresAt <= now }
      guard someDue, let step = planRefreshes(of: key, now: now, random: &random) else { continue }
      let isUsed = (key.type != .a && key.type != .aaaa) || isHostInUse(key.name)
      if isUsed { refresh.append((key, step)) }
    }
    wakeAt = entries.values.lazy.flatMap(\.values).map { min($0.expiresAt, $0.refreshAt) }.min() ?? .max
    return (expired, refresh)
  }

  /// Moves the entries of a key that are past their refresh floor on to the next step; the first step among them.
  private mutating func planRefreshes(of key: RecordKey, now: Milliseconds, random: inout SplitMix64) -> Int? {
    var step: Int?
    update(key) { entry in
      guard entry.refreshAt != .max, entry.refreshFloor <= now else { return }
      step = min(step ?? entry.refreshStep, entry.refreshStep)
      entry.refreshStep += 1
      entry.planRefresh(&random)
    }
    return step
  }

  /// Whether `source` may add one more; makes place by displacing half of the largest holder's records or more if need be.
  private mutating func makeRoom(for source: IPAddress) -> Bool {
    let mine = countBySource[source] ?? 0
    guard mine < Limits.cacheEntriesPerSource else { return false }
    guard count >= Limits.cacheEntries else { return true }
    guard let (largest, holding) = countBySource.max(by: { $0.value < $1.value }), holding > mine + 1 else {
      return false
    }
    var surplus = holding / 2
    for key in Array(entries.keys) where surplus > 0 {
      let removed = remove(key) { $0.source == largest }
      surplus -= removed.count
      refusals += removed.count
    }
    return true
  }

  private mutating func account(_ entry: CacheEntry, by change: Int) {
    count += change
    let held = (countBySource[entry.source] ?? 0) + change
    countBySource[entry.source] = held > 0 ? held : nil
    if case .service(_, _, _, let target) = entry.record.data {
      let used = (uses[target] ?? 0) + change
      uses[target] = used > 0 ? used : nil
    }
  }
}
