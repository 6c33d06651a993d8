/// Responder and querier on one link: a state machine without sockets or clock. Its `Engine` gives packets and the
/// time, and collects what `outbox`, `conflicts`, `announced` and `hasNews` hold.
struct LinkEngine: Sendable {
  /// A name that someone else uses too.
  struct Conflict: Sendable, Equatable {
    var claim: ClaimID
    var whileProbing: Bool
  }

  private(set) var link: Link
  private(set) var profile: Profile
  private(set) var owned: [OwnedRecords] = []
  var random: SplitMix64

  // To be collected.
  var outbox: [Transmission] = []
  var conflicts: [Conflict] = []
  var announced: [ClaimID] = []
  /// Whether the set of known records changed.
  var hasNews = false

  // Responder.
  var claims: [ClaimID: Claim] = [:]
  var pending: [RecordIdentity: PendingAnswer] = [:]
  var lastMulticast: [RecordIdentity: Milliseconds] = [:]
  var echoes = EchoFilter()
  /// Service records point to a host name that is not ours yet; announce them again when it is.
  var awaitsHost = false

  // Querier.
  var cache = RecordCache()
  var browsing: QuestionSchedule
  var lookups: [RecordKey: Lookup] = [:]
  var planAt: Milliseconds?
  var heard: [RecordKey: Milliseconds] = [:]
  var suppressedQuestions = 0

  init(link: Link, profile: Profile, seed: UInt64, now: Milliseconds) {
    self.link = link
    self.profile = profile
    random = SplitMix64(seed: seed)
    browsing = QuestionSchedule(startingAt: now + random.milliseconds(Limits.firstQuestionDelay))
    refreshOwned()
    restart(.host, at: now)
    for number in profile.services.keys { restart(.service(number), at: now) }
  }

  /// Takes over a changed profile. Claims of services that are gone end; new ones start when the engine says so.
  mutating func adopt(_ profile: Profile) {
    if profile.browsed != self.profile.browsed {
      cache = RecordCache()
      lookups = [:]
      hasNews = true
    }
    self.profile = profile
    refreshOwned()
  }

  /// Takes over changed addresses; whether they need a new proof is up to the caller.
  mutating func adopt(_ link: Link) {
    self.link = link
    refreshOwned()
  }

  private mutating func refreshOwned() {
    owned = [OwnedRecords(host: profile.hostName, on: link)]
    for (number, service) in profile.services.sorted(by: { $0.key < $1.key }) {
      owned.append(OwnedRecords(service: service, number: number, host: profile.hostName))
    }
    let current = Set(owned.map(\.id))
    claims = claims.filter { current.contains($0.key) }
    let records = Set(owned.flatMap { $0.unique + $0.shared + [$0.existing] }.map(\.identity))
    pending = pending.filter { records.contains($0.key) }
    lastMulticast = lastMulticast.filter { records.contains($0.key) }
  }

  /// The records of the names that are ours to speak of.
  var live: [OwnedRecords] { owned.filter { claims[$0.id]?.isLive == true } }

  /// When `tick` has to be called next; nil for never.
  var nextDeadline: Milliseconds? {
    var earliest = cache.wakeAt
    for claim in claims.values where claim.phase != .established { earliest = min(earliest, claim.due) }
    for answer in pending.values { earliest = min(earliest, answer.due) }
    for lookup in lookups.values { earliest = min(earliest, lookup.due) }
    if profile.browsed != nil { earliest = min(earliest, browsing.due) }
    if let planAt { earliest = min(earliest, planAt) }
    return earliest == .max ? nil : earliest
  }

  /// Does what is due.
  mutating func tick(now: Milliseconds) {
    advanceClaims(now)
    sendPendingAnswers(now)
    askQuestions(now)
  }

  /// Handles a packet that passed the checks of the engine.
  mutating func receive(_ message: Message, from source: Endpoint, viaMulticast: Bool, now: Milliseconds) {
    if message.isResponse {
      detectConflicts(in: message, now: now)
      suppressPendingAnswers(heardIn: message, now: now)
      absorb(message.answers + message.additionals, from: source.address, now: now)
    } else {
      compareProbes(in: message, now: now)
      answer(message, from: source, viaMulticast: viaMulticast, now: now)
      noteQuestions(of: message, from: source, viaMulticast: viaMulticast, now: now)
    }
  }
}
