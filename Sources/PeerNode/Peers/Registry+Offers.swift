import FoundationEssentials
import GRDB
package import PeerModel

/// The lists of skills that peers offer, kept so that finding, completing and comparing need no network.
extension Registry {
  /// What a peer offers, as it last told; nil when it never did, or is refused.
  package func offer(of id: PeerID) -> Offer? { state.withLock { $0.offers[id] } }

  /// Keeps what a peer offers.
  /// - Throws: ``NodeError`` `too_large` for a list that is longer than is kept; what the database throws.
  package func keep(_ offer: Offer, of id: PeerID) async throws {
    let bytes = offer.skills.json.bytes
    guard bytes.count <= Offer.maximumSize else {
      throw NodeError(
        .tooLarge, "the peer's list of skills has \(bytes.count) bytes, at most \(Offer.maximumSize) are kept")
    }
    let names = offer.skills.map(\.name).joined(separator: ",")
    try await store.pool.write { [self] db in
      guard var record = record(of: id), !record.isRefused else { return }
      try db.execute(
        sql: "INSERT OR REPLACE INTO offer VALUES (?, ?, ?, ?)",
        arguments: [id.description, offer.version, offer.fetchedAt, Data(bytes)])
      let surplus = try Self.dropSurplusOffers(but: id, in: db)
      if record.skills != names, names.utf8.count <= 4096 {
        record.skills = names
        try record.update(db)
      }
      db.afterNextTransaction { [self, record] _ in
        state.withLock { state in
          for id in surplus { state.offers[id] = nil }
          (state.offers[id], state.records[id]) = (offer, record)
        }
      }
    }
  }

  /// Notes that what is kept of a peer's skills is still so.
  func noteUnchanged(_ id: PeerID) {
    state.withLock { $0.offers[id]?.fetchedAt = Clock.now }
  }

  static func keptOffers(_ db: Database) throws -> [PeerID: Offer] {
    let rows = try Row.fetchAll(db, sql: "SELECT peer, version, fetchedAt, skills FROM offer")
    return rows.reduce(into: [:]) { offers, row in
      let bytes: Data = row["skills"]
      guard let id = PeerID(row["peer"]), let json = try? JSONParser.parse(bytes),
        let skills = try? [SkillDescription](json: json)
      else { return }
      offers[id] = Offer(version: row["version"], fetchedAt: row["fetchedAt"], skills: skills)
    }
  }

  /// A peer that changed its key is the same peer: what it offers, and what was seen of its tools, goes along.
  static func moveOffers(from old: PeerID, to new: PeerID, in db: Database) throws {
    let arguments: StatementArguments = [new.description, old.description]
    try db.execute(sql: "UPDATE OR IGNORE offer SET peer = ? WHERE peer = ?", arguments: arguments)
    try db.execute(sql: "UPDATE OR IGNORE toolPin SET source = ? WHERE source = ?", arguments: arguments)
  }

  private static func dropSurplusOffers(but id: PeerID, in db: Database) throws -> [PeerID] {
    var dropped: [PeerID] = []
    while try Int.fetchOne(db, sql: "SELECT sum(length(skills)) FROM offer") ?? 0 > Offer.maximumTotal {
      let oldest = try String.fetchOne(
        db, sql: "SELECT peer FROM offer WHERE peer <> ? ORDER BY fetchedAt, peer LIMIT 1", arguments: [id.description])
      guard let oldest else { break }
      try db.execute(sql: "DELETE FROM offer WHERE peer = ?", arguments: [oldest])
      if let peer = PeerID(oldest) { dropped.append(peer) }
    }
    return dropped
  }
}
