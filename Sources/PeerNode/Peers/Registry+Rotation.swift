import FoundationEssentials
import GRDB
package import PeerModel

/// Peers that go on with another key.
extension Registry {
  /// The id that a peer has now, given any that it had.
  package func current(_ id: PeerID) -> PeerID {
    state.withLock { state in
      var id = id
      // Sequence numbers grow along the way, so it ends.
      while let next = state.successors[id] { id = next }
      return id
    }
  }

  /// - Throws: ``NodeError`` `identity_replaced` for a key that its node has left.
  package func checkNotReplaced(_ id: PeerID) throws(NodeError) {
    guard let next = state.withLock({ $0.successors[id] }) else { return }
    throw Self.replaced(id, by: next)
  }

  private static func replaced(_ id: PeerID, by next: PeerID) -> NodeError {
    NodeError(
      .identityReplaced, "\(id) has changed its key and is \(next) now; the old key is refused for good",
      hint: "whoever still has it is an old copy: start that one as a new node, without identity.key and identity.crt")
  }

  /// Follows a peer to its new key: everything that the owner decided about it moves there in one transaction, and the
  /// keys on the way are refused from then on. Peers that the owner neither approved nor added are not followed.
  /// - Parameters:
  ///   - key: what the other end has just proved to hold.
  ///   - start: the peer that the caller looks for; whom it may follow then depends on no decision but a refusal.
  /// - Returns: the peer's former id; nil when the chain begins at nobody who is followed.
  /// - Throws: ``NodeError`` `unauthenticated` for a chain that does not verify, `identity_replaced` for one that
  ///   leaves a key which has been left before, `conflict` for a replayed one, `not_approved` for a peer that the owner
  ///   has refused under any of the keys; what the database throws.
  package func follow(_ chain: RotationChain, to key: IdentityKey, from start: PeerID? = nil) async throws -> PeerID? {
    guard let newest = chain.newest else { return nil }
    guard newest.new == key else {
      throw NodeError(.unauthenticated, "the rotation statements lead to another key than the one in use")
    }
    for link in chain.statements {
      if let next = state.withLock({ $0.successors[link.old.id] }), next != link.new.id {
        throw Self.replaced(link.old.id, by: next)
      }
    }
    let known = chain.statements.first { link in
      guard let record = record(of: link.old.id) else { return false }
      return link.old.id == start || record.peerStatus == .approved || record.isAdded
    }
    guard let old = known?.old.id, let links = chain.leading(from: old) else { return nil }
    try links.verify()
    try await move(old, along: links)
    state.withLock { $0.keyFacts[old] = nil }
    publish(.peerRotated, key.id, detail: old.description)
    return old
  }

  private func move(_ old: PeerID, along links: RotationChain) async throws {
    guard let newest = links.newest else { return }
    let id = newest.new.id
    let now = Clock.now
    try await store.pool.write { [self] db in
      let (records, reached) = state.withLock { ($0.records, $0.reached[old] ?? 0) }
      guard let before = records[old] else { return }
      guard let oldest = links.statements.last, oldest.sequence > reached else {
        throw NodeError(
          .conflict, "this rotation statement of \(old) is older than one that was followed already",
          hint: "whoever sent it has an old copy of that node's state")
      }
      let passed = links.statements.map(\.old.id)
      // A refusal on the way is the owner's word too.
      let refused = ([id] + passed).first { [.rejected, .blocked].contains(records[$0]?.peerStatus) }
      guard refused == nil else {
        throw NodeError(.notApproved, "this node refuses the peer", hint: "ask its owner to approve it")
      }
      let after = Self.moved(before, to: newest.new, existing: records[id], now: now)
      try db.execute(
        sql: "UPDATE OR IGNORE address SET peer = ? WHERE peer = ?", arguments: [id.description, old.description])
      try Self.moveOffers(from: old, to: id, in: db)
      for peer in passed where records[peer] != nil { try PeerRecord.deleteOne(db, key: peer.description) }
      try after.save(db)
      for link in links.statements {
        try db.execute(
          sql: "INSERT INTO rotation (oldPeer, newPeer, sequence, followedAt) VALUES (?, ?, ?, ?)",
          arguments: [link.old.id.description, link.new.id.description, link.sequence, now])
      }
      // What it asked for under the old id does not run again under the new one.
      try db.execute(
        sql: "UPDATE OR IGNORE outcome SET peer = ? WHERE peer = ?", arguments: [id.description, old.description])
      try AuditEntry(caller: .peer(id, after.trustLevel), operation: "rotate", subject: old.description, at: now)
        .append(to: db)
      db.afterNextTransaction { [self] _ in
        state.withLock { state in
          for link in links.statements {
            state.successors[link.old.id] = link.new.id
            state.reached[link.new.id] = link.sequence
          }
          let presence = state.presence[old]
          for peer in passed { (state.records[peer], state.presence[peer]) = (nil, nil) }
          state.records[id] = after
          if state.presence[id] == nil { state.presence[id] = presence }
          if state.proven[id] == nil { state.proven[id] = state.proven[old] }
          state.proven[old] = nil
          if state.offers[id] == nil { state.offers[id] = state.offers[old] }
          for peer in passed { state.offers[peer] = nil }
        }
      }
    }
  }

  /// The record under the new key. One that the owner has approved under it already stays as it is.
  private static func moved(
    _ record: PeerRecord, to key: IdentityKey, existing: PeerRecord?, now: Int
  ) -> PeerRecord {
    if let existing, existing.peerStatus == .approved { return existing }
    var moved = record
    moved.id = key.id.description
    moved.publicKey = Data(key.der)
    moved.lastSeen = now
    return moved
  }
}
