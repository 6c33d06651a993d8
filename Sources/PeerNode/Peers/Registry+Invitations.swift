import FoundationEssentials
import GRDB
package import PeerModel

/// Invitations of the owner, and the peers that come with them.
extension Registry {
  /// Open invitations at once.
  package static let maximumInvitations = 16

  /// Keeps a new invitation.
  /// - Parameters:
  ///   - lifetime: seconds.
  ///   - now: seconds since 1970.
  /// - Throws: ``NodeError`` `invalid_arguments` for a level that cannot be granted, `limit_reached` when too many are
  ///   open; what the database throws.
  package func invite(
    trust: TrustLevel, lifetime: Int, by caller: Caller, now: Int = Clock.now
  ) async throws -> Invitation {
    try trust.checkGrantable()
    let invitation = Invitation(
      id: "invite-" + Base32.letters(Random.bytes(5)), secret: Random.bytes(InvitationCode.secretCount),
      trust: trust, createdAt: now, expiresAt: now + lifetime, createdBy: caller.auditName)
    try await store.pool.write { db in
      try Self.dropExpired(db, now)
      guard try Invitation.fetchCount(db) < Self.maximumInvitations else {
        throw NodeError(
          .limitReached, "\(Self.maximumInvitations) invitations are open already", hint: "r invite revoke --all")
      }
      try invitation.insert(db)
      try AuditEntry(caller: caller, operation: "invite", subject: invitation.id, at: now).append(to: db)
    }
    AuditNotes.current?.noteEntry()
    return invitation
  }

  /// The open invitations, oldest first; the secrets of those that have expired are destroyed.
  package func invitations(now: Int = Clock.now) async throws -> [Invitation] {
    try await store.pool.write { db in
      try Self.dropExpired(db, now)
      return try Invitation.fetchAll(db, sql: "SELECT * FROM invitation ORDER BY createdAt, id")
    }
  }

  /// - Parameter id: of one invitation; nil revokes all.
  /// - Returns: the ids of those that were open.
  /// - Throws: ``NodeError`` `not_found` when there is none with this id.
  package func revokeInvitations(_ id: String?, by caller: Caller, now: Int = Clock.now) async throws -> [String] {
    defer { AuditNotes.current?.noteEntry() }
    return try await store.pool.write { db in
      try Self.dropExpired(db, now)
      let open = try String.fetchAll(db, sql: "SELECT id FROM invitation ORDER BY createdAt, id")
      let revoked = open.filter { id == nil || $0 == id }
      guard id == nil || !revoked.isEmpty else {
        throw NodeError(.notFound, "no open invitation has this id", hint: "r invite list")
      }
      for id in revoked {
        try Invitation.deleteOne(db, key: id)
        try AuditEntry(caller: caller, operation: "revoke_invitation", subject: id, at: now).append(to: db)
      }
      return revoked
    }
  }

  /// Uses the invitation up and lets its bearer in, both or neither.
  /// - Parameters:
  ///   - address: where it calls from, without port.
  ///   - maximum: of approved peers.
  /// - Throws: ``NodeError`` of ``JoinServer/invalid`` when it is not open any more, `not_approved` for a peer that the
  ///   owner has refused, `limit_reached`; what the database throws.
  package func admit(
    _ hello: Hello, with invitation: Invitation, from address: String, maximum: Int, now: Int = Clock.now
  ) async throws {
    let epoch = try await newEpoch()
    let id = hello.id
    try await store.pool.write { [self] db in
      guard let open = try Invitation.fetchOne(db, key: invitation.id), open.expiresAt > now else {
        throw JoinServer.invalid
      }
      try open.delete(db)
      let (before, others) = state.withLock { state in
        (state.records[id], state.records.filter { $0.value.peerStatus == .approved && $0.key != id }.count)
      }
      try checkMayJoin(id)
      guard others < maximum else {
        throw NodeError(.limitReached, "the inviting node has as many peers as it may have (p2p.max_peers)")
      }
      var record = before ?? PeerRecord(id: id, name: hello.name, host: address, port: hello.port, now: now)
      let isLowered = record.peerStatus != .approved || open.trust < record.trustLevel
      try record.apply(.approve)
      if isLowered { record.epoch = epoch }
      if !record.isAdded { (record.host, record.port, record.name) = (address, hello.port, hello.name) }
      (record.trustLevel, record.lastSeen) = (open.trust, now)
      record.publicKey = Data(hello.key.der)
      record.approvedBy = "\(open.createdBy) by \(open.id)"
      let after = record
      try after.save(db)
      try AuditEntry(caller: .peer(id, open.trust), operation: "join", subject: open.id, at: now).append(to: db)
      db.afterNextTransaction { [self] _ in state.withLock { $0.records[id] = after } }
    }
    publish(.peerApproved, id, detail: invitation.trust.name)
  }

  /// Whether an invitation may let this peer in.
  /// - Throws: ``NodeError`` `not_approved` for one that the owner has refused, `identity_replaced` for a left key.
  package func checkMayJoin(_ id: PeerID) throws(NodeError) {
    try checkNotReplaced(id)
    switch standing(of: id)?.status {
    case .rejected, .blocked:
      throw NodeError(.notApproved, "this node refuses the peer", hint: "ask its owner to approve it")
    default: return
    }
  }

  private static func dropExpired(_ db: Database, _ now: Int) throws {
    try db.execute(sql: "DELETE FROM invitation WHERE expiresAt <= ?", arguments: [now])
  }
}
