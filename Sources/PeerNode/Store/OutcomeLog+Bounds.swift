import GRDB
import PeerModel

/// Keeps what is remembered of one peer within its limits, without forgetting what may have changed something.
extension OutcomeLog {
  /// Entries that are dropped at one time, so that a peer at its limit does not pay for each call.
  private static let batch = 64

  static let full = NodeError(
    .rateLimited, "this node remembers no more requests of this peer that changed something",
    hint: "the oldest is forgotten after \(lifetime / 3600) hours", retryAfter: 3600)

  /// Makes room for one more request.
  /// - Returns: false when there is none.
  static func makeRoom(for peer: PeerID, _ limits: Limits, in db: Database) throws -> Bool {
    guard try total("count", of: peer, in: db) >= limits.requests else { return true }
    try db.cachedStatement(sql: "DELETE FROM outcome WHERE startedAt < ?").execute(arguments: [Clock.now - lifetime])
    try db.cachedStatement(
      sql: """
        DELETE FROM outcome WHERE peer = ?1 AND request IN (
          SELECT request FROM outcome WHERE peer = ?1 AND isReadOnly = 1 ORDER BY startedAt LIMIT ?2)
        """
    ).execute(arguments: [peer.description, batch])
    return try total("count", of: peer, in: db) < limits.requests
  }

  /// Drops the oldest results until the others fit; the requests stay known.
  static func dropResults(of peer: PeerID, _ limits: Limits, in db: Database) throws {
    while try total("bytes", of: peer, in: db) > limits.bytes {
      try db.cachedStatement(
        sql: """
          UPDATE outcome SET response = 'null' WHERE peer = ?1 AND request IN (
            SELECT request FROM outcome WHERE peer = ?1 AND length(response) > 4 ORDER BY startedAt LIMIT ?2)
          """
      ).execute(arguments: [peer.description, batch])
      guard db.changesCount > 0 else { return }
    }
  }

  private static func total(_ column: String, of peer: PeerID, in db: Database) throws -> Int {
    try Int.fetchOne(
      try db.cachedStatement(sql: "SELECT \(column) FROM outcomeTotal WHERE peer = ?"), arguments: [peer.description])
      ?? 0
  }
}
