/// Claiming names: probe, announce, defend, give back (RFC 6762 sections 8, 9 and 10.1).
extension LinkEngine {
  /// Starts or restarts the claim with probing, after a random part of 250 ms (section 8.1). Claims that start together
  /// stay together, so that they share packets.
  mutating func restart(_ id: ClaimID, at time: Milliseconds) {
    let others = claims.values.filter { $0.phase == .waiting && (time...time + Limits.probeDelay).contains($0.due) }
    let due = others.map(\.due).min() ?? time + random.milliseconds(0...Limits.probeDelay)
    claims[id] = Claim(phase: .waiting, due: due)
  }

  /// Tells the link about changed records of a name that is already ours (section 8.4). Names still being probed for
  /// take the new records along by themselves.
  mutating func announceAgain(_ id: ClaimID, now: Milliseconds) {
    if claims[id]?.isLive == true { claims[id] = Claim(phase: .announcing(sent: 0), due: now) }
  }

  /// Sends goodbyes for the names that others may have heard of (section 10.1).
  mutating func withdraw(_ ids: [ClaimID], now: Milliseconds) {
    send(live.filter { ids.contains($0.id) }.flatMap(\.farewell), now: now)
    for id in ids { claims[id] = nil }
  }

  mutating func advanceClaims(_ now: Milliseconds) {
    var probes: [OwnedRecords] = []
    var announcements: [OwnedRecords] = []
    for records in owned {
      guard let claim = claims[records.id], claim.phase != .established, claim.due <= now else { continue }
      switch claim.phase {
      case .waiting:
        probes.append(records)
        claims[records.id] = Claim(phase: .probing(sent: 1), due: now + Limits.probeDelay)
      case .probing(let sent) where sent < Limits.probes:
        probes.append(records)
        claims[records.id] = Claim(phase: .probing(sent: sent + 1), due: now + Limits.probeDelay)
      case .probing:
        announcements.append(records)
        claims[records.id] = Claim(phase: .announcing(sent: 1), due: now + Limits.multicastPause)
        announced.append(records.id)
        if records.id == .host { announceServicesOfNewHost(now) }
      case .announcing(let sent):
        announcements.append(records)
        let isLast = sent + 1 >= Limits.announcements
        // One second after the first, then twice as long each time (section 8.3).
        let pause = Limits.multicastPause << Milliseconds(sent)
        claims[records.id] = Claim(phase: isLast ? .established : .announcing(sent: sent + 1), due: now + pause)
      case .established:
        continue
      }
    }
    sendProbes(probes, now: now)
    announce(announcements, now: now)
  }

  private mutating func announceServicesOfNewHost(_ now: Milliseconds) {
    guard awaitsHost else { return }
    awaitsHost = false
    // `owned` lists the host first, so the services follow in the same round.
    for id in claims.keys where id != .host { announceAgain(id, now: now) }
  }

  private mutating func announce(_ records: [OwnedRecords], now: Milliseconds) {
    guard !records.isEmpty else { return }
    var seen: Set<RecordIdentity> = []
    let answers = records.flatMap { $0.unique + $0.shared }.filter { seen.insert($0.identity).inserted }
    var additionals = records.map(\.existing)
    if !records.contains(where: { $0.id == .host }), let host = live.first(where: { $0.id == .host }) {
      additionals += host.unique
    }
    for answer in answers { lastMulticast[answer.identity] = now }
    send(answers, additionals: additionals, now: now)
  }

  /// Probes of several names share packets as far as they fit, each with its records beside it (section 8.2).
  private mutating func sendProbes(_ probes: [OwnedRecords], now: Milliseconds) {
    var group: [OwnedRecords] = []
    for records in probes {
      let fits = Self.probe(for: group + [records], limit: link.payloadLimit) != nil
      if !fits, !group.isEmpty, let packet = Self.probe(for: group) {
        transmit(packet, now: now)
        group = []
      }
      group.append(records)
    }
    if !group.isEmpty, let packet = Self.probe(for: group) { transmit(packet, now: now) }
  }

  /// One packet that probes for all these names, or nil when it would be longer than `limit`.
  private static func probe(for group: [OwnedRecords], limit: Int = .max) -> [UInt8]? {
    var writer = MessageWriter(isResponse: false)
    for records in group where !writer.add(Question(records.name, .any), limit: limit) { return nil }
    for record in group.flatMap(\.unique) {
      let tentative = record.with(ttl: record.ttl, cacheFlush: false)
      if !writer.add(tentative, to: .authority, limit: limit) { return nil }
    }
    return writer.finish()
  }

  /// Two hosts probe for one name: the one whose records sort later goes on, the other waits a second (section 8.2).
  mutating func compareProbes(in query: Message, now: Milliseconds) {
    guard !query.authorities.isEmpty else { return }
    for records in owned where claims[records.id]?.isProbing == true {
      let theirs = query.authorities.filter { $0.name == records.name }
      // With two cards in one network the other card's probe arrives here.
      guard !theirs.isEmpty, !theirs.allSatisfy({ profile.ownRecords.contains($0.identity) }) else { continue }
      if Self.sortsBefore(records.unique, theirs) {
        claims[records.id] = Claim(phase: .waiting, due: now + Limits.tieBreakPause)
      }
    }
  }

  /// Whether `ours` come strictly first in the order of section 8.2.1: by type, then by the bytes of the data.
  static func sortsBefore(_ ours: [ResourceRecord], _ theirs: [ResourceRecord]) -> Bool {
    func sorted(_ records: [ResourceRecord]) -> [[UInt8]] {
      records.map(\.comparisonBytes).sorted { $0.lexicographicallyPrecedes($1) }
    }
    return sorted(ours).lexicographicallyPrecedes(sorted(theirs)) { $0.lexicographicallyPrecedes($1) }
  }

  /// Section 9 for names that are ours, section 8.1 for those that are not yet; section 10.1 for a record that someone
  /// took back although it is ours as well.
  mutating func detectConflicts(in response: Message, now: Milliseconds) {
    let heard = response.answers + response.additionals
    for records in owned {
      guard let claim = claims[records.id], claim.phase != .waiting else { continue }
      let types = Set(records.unique.map(\.type))
      let clashes = heard.contains { record in
        record.name == records.name && record.ttl > 0 && record.type != .nsec
          && (claim.isProbing || types.contains(record.type)) && !profile.ownRecords.contains(record.identity)
      }
      if clashes {
        conflicts.append(Conflict(claim: records.id, whileProbing: claim.isProbing))
      } else if claim.phase == .established {
        let ours = (records.unique + records.shared).map(\.identity)
        if heard.contains(where: { $0.ttl == 0 && ours.contains($0.identity) }) {
          // The last announcement once more, a moment later, undoes the goodbye.
          let rescue = Claim.Phase.announcing(sent: Limits.announcements - 1)
          claims[records.id] = Claim(phase: rescue, due: now + Limits.sharedDelay.lowerBound)
        }
      }
    }
  }
}

extension ResourceRecord {
  /// Type and uncompressed data, as section 8.2 compares them. Every record here is of the Internet class.
  fileprivate var comparisonBytes: [UInt8] {
    let type = [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 0xFF)]
    switch data {
    case .address(let address): return type + address.bytes
    case .pointer(let name): return type + name.wire
    case .service(let priority, let weight, let port, let target):
      return type + [priority, weight, port].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } + target.wire
    case .text(let bytes), .opaque(let bytes): return type + bytes
    case .existing: return type
    }
  }
}
