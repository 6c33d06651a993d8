import GRDB
package import PeerModel

/// Where peers can be reached: the address that is shown, what discovery sees now, and where each proved its key before.
extension Registry {
  /// Addresses of one peer that are kept, the last ones.
  static let maximumProven = 4

  /// Where to try to reach the peer, most promising first. What anybody may announce leaves room for what is proven.
  package func addresses(of id: PeerID) -> [PeerAddress] {
    state.withLock { state in
      let sighted = state.presence[id]?.sighted ?? []
      var addresses = sighted.prefix(1) + (state.proven[id] ?? []) + sighted.dropFirst()
      if let record = state.records[id], record.port > 0 {
        // Where it has proved its key before, or where the owner said, comes before what anybody may announce.
        let kept = PeerAddress(host: record.host, port: record.port)
        if record.isAdded || record.publicKey != nil { addresses.insert(kept, at: 0) } else { addresses.append(kept) }
      }
      var seen: Set<PeerAddress> = []
      return addresses.filter { seen.insert($0).inserted }
    }
  }

  /// Where the peer is as far as is known: the address that is shown, where it has proved its key, and what discovery sees.
  /// It changes when the peer moves to a place where it never was, and not when it calls from one of two that it has.
  func whereabouts(of id: PeerID) -> Set<PeerAddress> {
    state.withLock { state in
      let shown = state.records[id].map { PeerAddress(host: $0.host, port: $0.port) }
      return Set([shown].compactMap(\.self) + (state.proven[id] ?? []) + (state.presence[id]?.sighted ?? []))
    }
  }

  /// A peer that matters has shown its key at this address, which is where it is looked for again after a restart.
  /// - Throws: what the database throws.
  func proved(_ id: PeerID, at address: PeerAddress) async throws {
    let isNews = state.withLock { state in
      let matters = state.records[id]?.peerStatus == .approved || state.presence[id]?.grantedTrust != nil
      return matters && state.records[id] != nil && state.proven[id]?.first != address
    }
    guard isNews else { return }
    try await store.pool.write { [self] db in
      let known = state.withLock { $0.proven[id] ?? [] }
      let proven = Array(([address] + known.filter { $0 != address }).prefix(Self.maximumProven))
      try db.execute(sql: "DELETE FROM address WHERE peer = ?", arguments: [id.description])
      for (place, address) in proven.enumerated() {
        try db.execute(
          sql: "INSERT INTO address (peer, host, port, place) VALUES (?, ?, ?, ?)",
          arguments: [id.description, address.host, address.port, place])
      }
      db.afterNextTransaction { [self] _ in state.withLock { $0.proven[id] = proven } }
    }
  }

  /// What an earlier run has kept.
  static func provenAddresses(_ db: Database) throws -> [PeerID: [PeerAddress]] {
    var proven: [PeerID: [PeerAddress]] = [:]
    for row in try Row.fetchAll(db, sql: "SELECT peer, host, port FROM address ORDER BY peer, place") {
      guard let id = PeerID(row["peer"]) else { continue }
      proven[id, default: []].append(PeerAddress(host: row["host"], port: row["port"]))
    }
    return proven
  }
}
