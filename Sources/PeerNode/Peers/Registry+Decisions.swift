import GRDB
package import PeerModel

/// What only the owner, or a peer at level full in the owner's place, may change.
extension Registry {
  /// Lets a peer in, or changes the level of one that is in.
  /// - Throws: ``NodeError`` `conflict` for a blocked peer, `limit_reached` above `maximum` peers,
  ///   `invalid_arguments` for a level that cannot be granted.
  package func approve(
    _ id: PeerID, trust: TrustLevel, maximum: Int, by caller: Caller, as operation: String = "approve"
  ) async throws {
    try trust.checkGrantable()
    try await decide(id, .approve, operation: operation, by: caller) { [self] record, epoch in
      let approved = state.withLock { $0.records.filter { $0.value.peerStatus == .approved && $0.key != id }.count }
      guard approved < maximum else {
        throw NodeError(
          .limitReached, "\(approved) peers are approved already, which is p2p.max_peers",
          hint: "remove one with: r remove PEER, or raise p2p.max_peers")
      }
      // A level that was not lowered leaves issued tokens alone.
      if record.epoch == 0 || trust < record.trustLevel || record.approvedBy == nil { record.epoch = epoch }
      record.trustLevel = trust
      record.approvedBy = caller.auditName
    }
    publish(.peerApproved, id, detail: trust.name)
  }

  /// Refuses a peer; its tokens stop working at once.
  package func reject(_ id: PeerID, by caller: Caller) async throws {
    try await revoking(id, .reject) {
      try await decide(id, .reject, operation: "reject", by: caller) { $0.epoch = $1 }
    }
    publish(.peerRejected, id)
  }

  /// Refuses a peer and what it may ask in future.
  package func block(_ id: PeerID, by caller: Caller) async throws {
    try await revoking(id, .block) {
      try await decide(id, .block, operation: "block", by: caller) { $0.epoch = $1 }
    }
    publish(.peerBlocked, id)
  }

  /// Changes the level of an approved peer.
  /// - Throws: ``NodeError`` `not_approved` when it is not approved.
  package func trust(_ id: PeerID, _ level: TrustLevel, maximum: Int, by caller: Caller) async throws {
    guard standing(of: id)?.status == .approved else {
      throw NodeError(
        .notApproved, "the peer is not approved", hint: "r approve \(id.short) --trust \(level)")
    }
    try await approve(id, trust: level, maximum: maximum, by: caller, as: "trust")
  }

  /// Forgets a peer, and what was pinned of its tools.
  package func remove(_ id: PeerID, by caller: Caller) async throws {
    let shown = peer(id)
    let entry = AuditEntry(caller: caller, operation: "remove", subject: id.description, at: Clock.now)
    _ = try await write(
      id, audit: entry,
      with: { try $0.execute(sql: "DELETE FROM toolPin WHERE source = ?", arguments: [id.description]) },
      { _ in nil })
    state.withLock { ($0.presence[id], $0.keyFacts[id], $0.proven[id]) = (nil, nil, nil) }
    if let shown { events.publish(NodeEvent(.peerRemoved, time: Clock.now, peer: shown)) }
  }

  /// A refusal counts at once, also where the disk has no room to keep it: then until a restart, which the error says.
  private func revoking(_ id: PeerID, _ event: PeerEvent, _ decision: () async throws -> Void) async throws {
    do { try await decision() } catch {
      guard var failure = NodeError(storage: error) else { throw error }
      state.withLock { _ = try? $0.records[id]?.apply(event) }
      failure.message = "the peer is refused from now on, but only until a restart: the disk is full"
      throw failure
    }
  }

  private func decide(
    _ id: PeerID, _ event: PeerEvent, operation: String, by caller: Caller,
    _ change: @escaping @Sendable (inout PeerRecord, Int64) throws -> Void
  ) async throws {
    let epoch = try await newEpoch()
    let entry = AuditEntry(caller: caller, operation: operation, subject: id.description, at: Clock.now)
    _ = try await write(id, audit: entry) { before in
      guard var record = before else { throw NodeError(.peerNotFound, "the peer is not known any more") }
      // The rule does not know who it is about; the hint shall.
      do { try record.apply(event) } catch let error as NodeError {
        throw NodeError(error.code, error.message, hint: "r remove \(id.short)")
      }
      try change(&record, epoch)
      return record
    }
  }

  /// Notes that an exchange with the peer worked.
  /// - Parameters:
  ///   - latency: of the round trip, where it was measured.
  ///   - isWithHandshake: more than a round trip was measured, which counts only until there is something better.
  package func noteExchange(_ id: PeerID, latency: Duration?, isWithHandshake: Bool = false) {
    let wasOnline = presence(of: id).isOnline(now: Clock.now)
    note(id) { presence in
      presence.lastExchange = Clock.now
      presence.isFailing = false
      if let latency, !isWithHandshake || presence.latencyMilliseconds == nil {
        presence.latencyMilliseconds = latency.milliseconds
      }
    }
    if !wasOnline { publish(.peerOnline, id) }
    tell(.answered(id))
  }

  /// Notes that the peer could not be reached.
  package func noteFailure(_ id: PeerID) {
    let wasOnline = presence(of: id).isOnline(now: Clock.now)
    note(id) { $0.isFailing = true }
    if wasOnline { publish(.peerOffline, id) }
    tell(.failed(id))
  }
}
