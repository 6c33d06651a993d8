import FoundationEssentials
import GRDB
package import PeerModel
import Synchronization

/// Every peer that this node knows: the database is the truth, a copy in memory answers each request.
///
/// Decisions are transactions; the copy changes when they have been committed, so a refusal takes effect at the very next
/// request and nothing that was answered is lost.
package final class Registry: Sendable {
  /// Limits of contract section 5, and of what discovery may leave behind.
  package struct Limits: Sendable {
    package var pending = 64
    package var pendingPerAddress = 8
    /// Seconds after which a request is dropped.
    package var pendingLifetime = 24 * 3600
    package var discovered = 256
    package init() {}
  }

  struct State {
    var records: [PeerID: PeerRecord] = [:]
    var presence: [PeerID: Presence] = [:]
    /// Where peers proved their keys, the last first.
    var proven: [PeerID: [PeerAddress]] = [:]
    /// What is shown of each key, which costs curve arithmetic to derive.
    var keyFacts: [PeerID: KeyFacts] = [:]
    /// The keys that peers have left, and to which they went on.
    var successors: [PeerID: PeerID] = [:]
    /// The sequence number of the statement that led to a key.
    var reached: [PeerID: Int] = [:]
    /// What peers offer, as they last told.
    var offers: [PeerID: Offer] = [:]
  }
  struct KeyFacts: Sendable {
    var fingerprint: String
    var verificationCode: String
  }

  let store: Store
  let identity: Identity
  let events: EventHub
  let limits: Limits
  /// Notices an identity that is in two places.
  package let clones = CloneWatch()
  let state: Mutex<State>
  private let nextEpoch: Mutex<Int64>
  private let presenceWatcher = Mutex<(@Sendable (PresenceChange) -> Void)?>(nil)

  /// Loads what is known.
  /// - Throws: what the database throws.
  package init(store: Store, identity: Identity, events: EventHub, limits: Limits = Limits()) throws {
    self.store = store
    self.identity = identity
    self.events = events
    self.limits = limits
    let records = try store.pool.read { try PeerRecord.fetchAll($0) }
    let epoch = try store.pool.read { db in
      try Int64.fetchOne(db, sql: "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'epoch'") ?? 0
    }
    nextEpoch = Mutex(epoch)
    let rotations = try store.pool.read { try Row.fetchAll($0, sql: "SELECT oldPeer, newPeer, sequence FROM rotation") }
    var initial = State(
      records: Dictionary(records.compactMap { record in PeerID(record.id).map { ($0, record) } }) { $1 })
    for row in rotations {
      guard let old = PeerID(row["oldPeer"]), let new = PeerID(row["newPeer"]) else { continue }
      (initial.successors[old], initial.reached[new]) = (new, row["sequence"])
    }
    initial.proven = try store.pool.read(Self.provenAddresses)
    initial.offers = try store.pool.read(Self.keptOffers)
    state = Mutex(initial)
  }

  // MARK: Reading

  /// What decides about a request: nil for a peer that is not known.
  package func standing(of id: PeerID) -> (status: PeerStatus, trust: TrustLevel, epoch: Int64)? {
    state.withLock { state in
      state.records[id].map { ($0.peerStatus, $0.trustLevel, $0.epoch) }
    }
  }

  package func record(of id: PeerID) -> PeerRecord? { state.withLock { $0.records[id] } }
  package func presence(of id: PeerID) -> Presence { state.withLock { $0.presence[id] ?? Presence() } }

  /// Where approved peers were reached or have proved themselves.
  func provenHosts() -> [String] {
    state.withLock { $0.records.values.filter { $0.peerStatus == .approved && $0.publicKey != nil }.map(\.host) }
  }

  // MARK: Writing

  /// Changes one record in a transaction: `change` gets the record as it is, nil when there is none, and returns what it
  /// shall be, nil to forget it. The audit entry, and what goes with the change, is written in the same transaction.
  func write(
    _ id: PeerID, audit: AuditEntry? = nil, with more: (@Sendable (Database) throws -> Void)? = nil,
    _ change: @escaping @Sendable (PeerRecord?) throws -> PeerRecord?
  ) async throws -> (before: PeerRecord?, after: PeerRecord?) {
    let records = try await store.pool.write { [self] db in
      let before = record(of: id)
      let after = try change(before)
      if after != before {
        if let after { try after.save(db) } else { try PeerRecord.deleteOne(db, key: id.description) }
        db.afterNextTransaction { [self] _ in
          state.withLock { state in
            state.records[id] = after
            if after?.isRefused ?? true { state.offers[id] = nil }
          }
        }
      }
      try more?(db)
      try audit?.append(to: db)
      return (before: before, after: after)
    }
    if audit != nil { AuditNotes.current?.noteEntry() }
    return records
  }

  /// A number that no earlier decision has, in the same transaction as the decision itself.
  func newEpoch() async throws -> Int64 {
    let epoch = nextEpoch.withLock { value in
      value += 1
      return value
    }
    try await store.pool.write { db in
      try db.execute(
        sql: """
          INSERT INTO meta (key, value) VALUES ('epoch', ?1)
          ON CONFLICT (key) DO UPDATE SET value = max(CAST(value AS INTEGER), ?1)
          """, arguments: [epoch])
    }
    return epoch
  }

  /// Notes an exchange or sighting in memory.
  func note(_ id: PeerID, _ change: (inout Presence) -> Void) {
    state.withLock { change(&$0.presence[id, default: Presence()]) }
  }

  /// Who is told of changes in who can be reached; one at a time.
  func watchPresence(_ watcher: (@Sendable (PresenceChange) -> Void)?) { presenceWatcher.withLock { $0 = watcher } }

  func tell(_ change: PresenceChange) { presenceWatcher.withLock(\.self)?(change) }

  func publish(_ kind: NodeEvent.Kind, _ id: PeerID, detail: String? = nil) {
    guard events.hasWatchers, let peer = peer(id) else { return }
    events.publish(NodeEvent(kind, time: Clock.now, peer: peer, detail: detail))
  }
}
