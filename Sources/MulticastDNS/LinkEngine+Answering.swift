/// An answer that waits for its moment.
struct PendingAnswer: Sendable {
  var record: ResourceRecord
  var due: Milliseconds
  /// Who asked and has not said that it knows the answer.
  var askers: Set<IPAddress> = []
  /// There were more askers than worth telling apart: the answer goes out whatever they know.
  var isCertain = false

  private static let mostAskers = 32

  mutating func add(_ asker: IPAddress) {
    askers.insert(asker)
    if askers.count > Self.mostAskers { isCertain = true }
  }
}

/// Answering questions (RFC 6762 sections 5.4, 6 and 7).
extension LinkEngine {
  mutating func answer(_ query: Message, from source: Endpoint, viaMulticast: Bool, now: Milliseconds) {
    if query.questions.isEmpty { return continueKnownAnswers(query, from: source.address, now: now) }
    let live = live
    let isLegacy = source.port != multicastDNSPort
    var direct: [ResourceRecord] = []
    var shared: [ResourceRecord] = []
    var multicast: [ResourceRecord] = []
    for question in query.questions {
      for record in Self.answers(to: question.key, from: live) {
        // Section 7.1: silence when the asker knows it with at least half of its life left.
        if query.answers.contains(where: { $0.ttl >= record.ttl / 2 && $0.identity == record.identity }) { continue }
        let isRecent = lastMulticast[record.identity].map { now - $0 < Milliseconds(record.ttl) * 250 } ?? false
        if isLegacy || !viaMulticast || (question.unicast && isRecent) {
          direct.append(record)
        } else {
          multicast.append(record)
          if !record.cacheFlush { shared.append(record) }
        }
      }
    }
    if !direct.isEmpty {
      var seen: Set<RecordIdentity> = []
      let records = direct.filter { seen.insert($0.identity).inserted }
      reply(records, to: source, query: query, isLegacy: isLegacy, now: now)
    }
    let delay = delay(isTruncated: query.isTruncated, isShared: !shared.isEmpty)
    let isProbe = !query.authorities.isEmpty
    for record in multicast { schedule(record, for: source.address, at: now + delay, isProbe: isProbe) }
    if delay == 0 { sendPendingAnswers(now) }
  }

  private static func answers(to key: RecordKey, from live: [OwnedRecords]) -> [ResourceRecord] {
    var result: [ResourceRecord] = []
    for records in live {
      if records.name == key.name {
        let matching = records.unique.filter { key.type == .any || $0.type == key.type }
        // Section 6.1: the name is ours, so saying that there is no such record is ours too.
        result += matching.isEmpty ? [records.existing] : matching
      }
      if key.type == .ptr || key.type == .any { result += records.shared.filter { $0.name == key.name } }
    }
    return result
  }

  /// Section 6: no delay when nobody else can answer, some for shared sets, more when known answers follow (7.2).
  private mutating func delay(isTruncated: Bool, isShared: Bool) -> Milliseconds {
    if isTruncated { return random.milliseconds(Limits.truncatedDelay) }
    return isShared ? random.milliseconds(Limits.sharedDelay) : 0
  }

  private mutating func schedule(
    _ record: ResourceRecord, for asker: IPAddress, at wanted: Milliseconds, isProbe: Bool
  ) {
    var due = wanted
    if let last = lastMulticast[record.identity] {
      due = max(due, last + (isProbe ? Limits.defencePause : Limits.multicastPause))
    }
    var answer = pending[record.identity] ?? PendingAnswer(record: record, due: due)
    answer.due = min(answer.due, due)
    answer.add(asker)
    pending[record.identity] = answer
  }

  /// More known answers of a truncated query: they speak for their sender alone (section 7.2).
  private mutating func continueKnownAnswers(_ query: Message, from source: IPAddress, now: Milliseconds) {
    for known in query.answers {
      guard var answer = pending[known.identity], known.ttl >= answer.record.ttl / 2 else { continue }
      guard answer.askers.remove(source) != nil else { continue }
      pending[known.identity] = answer.askers.isEmpty && !answer.isCertain ? nil : answer
    }
    guard query.isTruncated else { return }
    let later = now + random.milliseconds(Limits.truncatedDelay)
    for (identity, answer) in pending where answer.askers == [source] && !answer.isCertain {
      pending[identity]?.due = max(answer.due, later)
    }
  }

  /// Someone else just sent an answer that we were about to send (section 7.4).
  mutating func suppressPendingAnswers(heardIn response: Message, now: Milliseconds) {
    for record in response.answers where !record.cacheFlush {
      guard let answer = pending[record.identity], !answer.record.cacheFlush, record.ttl >= answer.record.ttl else {
        continue
      }
      pending[record.identity] = nil
      lastMulticast[record.identity] = now
    }
  }

  mutating func sendPendingAnswers(_ now: Milliseconds) {
    // Answers that are due within a few milliseconds go along.
    let due = pending.values.filter { $0.due <= now + 5 }.map(\.record)
    guard due.contains(where: { (pending[$0.identity]?.due ?? .max) <= now }) else { return }
    for record in due {
      pending[record.identity] = nil
      lastMulticast[record.identity] = now
    }
    let sorted = due.sorted { $0.key < $1.key }
    send(sorted, additionals: companions(of: sorted), now: now)
  }

  private mutating func reply(
    _ records: [ResourceRecord], to source: Endpoint, query: Message, isLegacy: Bool, now: Milliseconds
  ) {
    send(
      records, additionals: companions(of: records), now: now, to: source,
      legacyQuery: isLegacy ? query : nil)
  }

  /// What an asker will want next (RFC 6763 section 12).
  private func companions(of answers: [ResourceRecord]) -> [ResourceRecord] {
    var seen = Set(answers.map(\.identity))
    var result: [ResourceRecord] = []
    func add(_ records: [ResourceRecord]) { result += records.filter { seen.insert($0.identity).inserted } }
    let live = live
    var wantsHost = false
    for answer in answers {
      if case .pointer(let instance) = answer.data, let service = live.first(where: { $0.name == instance }) {
        add(service.unique)
        wantsHost = true
      }
      if case .service = answer.data { wantsHost = true }
      if let owner = live.first(where: { $0.name == answer.name }), answer.type != .nsec { add([owner.existing]) }
      if answer.name == profile.hostName { wantsHost = true }
    }
    if wantsHost, let host = live.first(where: { $0.id == .host }) { add(host.unique + [host.existing]) }
    return result
  }
}
