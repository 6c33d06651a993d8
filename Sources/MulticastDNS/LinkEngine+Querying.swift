/// When to ask for instances of the browsed type: 1, 2, 4 … seconds up to an hour apart (RFC 6762 section 5.2).
struct QuestionSchedule: Sendable {
  var due: Milliseconds
  private var gap = Limits.firstQuestionGap
  /// Ask without known answers: everybody answers, also those whose last answer got lost on the way to us.
  private(set) var asksEverything = true
  /// The last question was left to someone else; the next one is not, or an impostor could keep us silent.
  private var wasSuppressed = false
  private var askedAt: Milliseconds?

  init(startingAt due: Milliseconds) { self.due = due }

  /// Starts over, but not within a second of the last question.
  mutating func restart(at time: Milliseconds) {
    due = max(time, (askedAt ?? .min / 2) + Limits.firstQuestionGap)
    gap = Limits.firstQuestionGap
    asksEverything = true
    wasSuppressed = false
  }

  /// Asks soon again with known answers, and less and less often from there.
  mutating func hasten(to time: Milliseconds) {
    guard time < due else { return }
    due = time
    gap = Limits.firstQuestionGap * 4
  }

  func mayBeSuppressed(heardAt: Milliseconds?, now: Milliseconds) -> Bool {
    guard let heardAt, !asksEverything, !wasSuppressed else { return false }
    return now - heardAt <= Limits.heardQuestionLife
  }

  mutating func advance(now: Milliseconds, suppressed: Bool, jitter: Milliseconds) {
    wasSuppressed = suppressed
    if !suppressed { askedAt = now }
    asksEverything = false
    due = now + gap + jitter
    gap = min(gap * 2, Limits.longestQuestionGap)
  }
}

/// A record that an instance lacks, being asked for.
struct Lookup: Sendable {
  var due: Milliseconds
  var tries = 0
}

/// Asking: for instances, for what they lack, and for what is about to expire.
extension LinkEngine {
  /// Starts the questions over at once (the user wants to see what is there now).
  mutating func scan(now: Milliseconds) {
    browsing.restart(at: now + random.milliseconds(Limits.firstQuestionDelay))
    lookups = [:]
    planAt = browsing.due
  }

  /// RFC 6762 section 10.4: what is known of the instance goes within ten seconds unless its owner confirms it.
  mutating func reconfirm(_ instance: DNSName, now: Milliseconds) {
    let service = RecordKey(name: instance, type: .srv)
    var keys = [service]
    for entry in cache[service] {
      guard case .service(_, _, _, let target) = entry.record.data else { continue }
      keys += [RecordKey(name: target, type: .a), RecordKey(name: target, type: .aaaa)]
    }
    for key in keys where cache.has(key) {
      let isUnderWay = cache[key].allSatisfy { $0.expiresAt <= now + Limits.reconfirmTime }
      cache.update(key) { $0.expire(by: now + Limits.reconfirmTime) }
      if !isUnderWay { lookups[key] = Lookup(due: now) }
    }
  }

  mutating func askQuestions(_ now: Milliseconds) {
    guard let browsed = profile.browsed else { return }
    if let time = planAt, time <= now {
      planAt = nil
      planLookups(now)
    }
    var questions: [RecordKey] = []
    var known: [ResourceRecord] = []
    let question = RecordKey(name: browsed, type: .ptr)
    if browsing.due <= now {
      let suppressed = browsing.mayBeSuppressed(heardAt: heard[question], now: now)
      if suppressed {
        suppressedQuestions += 1
      } else {
        questions.append(question)
        if !browsing.asksEverything { known = knownAnswers(to: question, now: now) }
      }
      browsing.advance(now: now, suppressed: suppressed, jitter: random.milliseconds(0...20))
    }
    questions += dueLookups(now)
    for key in expireAndRefresh(now) where !questions.contains(key) { questions.append(key) }
    if !questions.isEmpty { ask(questions, known: known, now: now) }
  }

  /// Section 7.1: answers that still have more than half of their life.
  private func knownAnswers(to key: RecordKey, now: Milliseconds) -> [ResourceRecord] {
    let entries = cache[key].filter { $0.hasHalfLifeLeft(now) }
    return entries.sorted { ($0.receivedAt, $0.source) < ($1.receivedAt, $1.source) }.map {
      $0.record.with(ttl: UInt32(clamping: ($0.expiresAt - now) / 1000), cacheFlush: false)
    }
  }

  private mutating func dueLookups(_ now: Milliseconds) -> [RecordKey] {
    var result: [RecordKey] = []
    for (key, lookup) in lookups where lookup.due <= now {
      let isLast = lookup.tries + 1 >= Limits.lookupTries
      // A finished look-up stays, so that it does not start over; a scan clears it.
      let pause = Limits.firstQuestionGap << Milliseconds(lookup.tries)
      lookups[key] = Lookup(due: isLast ? .max : now + pause, tries: lookup.tries + 1)
      result.append(key)
    }
    return result.sorted()
  }

  /// Finds what the instances of this link lack and looks it up.
  private mutating func planLookups(_ now: Milliseconds) {
    guard let browsed = profile.browsed else { return }
    var wanted: Set<RecordKey> = []
    for entry in cache[RecordKey(name: browsed, type: .ptr)] {
      guard case .pointer(let instance) = entry.record.data else { continue }
      let service = RecordKey(name: instance, type: .srv)
      for key in [service, RecordKey(name: instance, type: .txt)] where !cache.has(key) { wanted.insert(key) }
      for entry in cache[service] {
        guard case .service(_, _, _, let target) = entry.record.data else { continue }
        let addresses = [RecordKey(name: target, type: .a), RecordKey(name: target, type: .aaaa)]
        if !addresses.contains(where: { cache.has($0) }) { wanted.formUnion(addresses) }
      }
    }
    wanted = wanted.filter { !cache.denies($0) }
    // Records being reconfirmed are in the cache and not wanted; their look-up goes on.
    lookups = lookups.filter { wanted.contains($0.key) || cache.has($0.key) }
    for key in wanted where lookups[key] == nil && lookups.count < Limits.lookups { lookups[key] = Lookup(due: now) }
  }

  /// Removes what has expired and returns what to ask for again.
  private mutating func expireAndRefresh(_ now: Milliseconds) -> [RecordKey] {
    let (expired, refresh) = cache.sweep(now: now, random: &random)
    if !expired.isEmpty {
      hasNews = true
      for record in expired where record.type == .srv && !cache.has(record.key) {
        forget(record.name, now: now)
      }
    }
    return refresh.compactMap { key, step in
      // Section 7.3; the last two tries are always our own.
      if step < 2, let time = heard[key], now - time <= Limits.heardQuestionLife {
        suppressedQuestions += 1
        return nil
      }
      return key
    }
  }

  /// An instance lives as long as its service record (2 minutes), not as long as the pointer to it (75 minutes).
  private mutating func forget(_ instance: DNSName, now: Milliseconds) {
    guard let browsed = profile.browsed else { return }
    let pointers = RecordKey(name: browsed, type: .ptr)
    cache.remove(RecordKey(name: instance, type: .txt)) { _ in true }
    guard let pointer = cache[pointers, .pointer(instance)] else { return }
    cache.remove(pointers) { $0.record.data == pointer.record.data }
    // Without a goodbye it may be there, and its answers got lost: ask for the type again soon.
    if pointer.expiresAt > now + Limits.goodbyeGrace {
      browsing.hasten(to: now + random.milliseconds(Limits.firstQuestionGap...(Limits.firstQuestionGap * 3)))
    }
  }

  /// Section 7.3: remembers a question of another host that serves us as well as our own would.
  mutating func noteQuestions(of query: Message, from source: Endpoint, viaMulticast: Bool, now: Milliseconds) {
    guard let browsed = profile.browsed, viaMulticast, source.port == multicastDNSPort, !query.isTruncated,
      query.authorities.isEmpty
    else { return }
    heard = heard.filter { now - $0.value <= Limits.heardQuestionLife }
    for question in query.questions where !question.unicast {
      let key = question.key
      // Heard too early to matter for our own next question.
      if key.name == browsed, browsing.due > now + Limits.heardQuestionLife { continue }
      guard key.name == browsed || cache.has(key) || lookups[key] != nil else { continue }
      // Its known answers must all be known to us, or answers that we lack would not come.
      let theirs = query.answers.filter { $0.key == key }
      let areOurs = theirs.allSatisfy { record in
        cache[key, record.data]?.hasHalfLifeLeft(now) == true
      }
      if areOurs { heard[key] = now }
    }
  }
}
