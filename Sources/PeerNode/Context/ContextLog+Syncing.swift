import PeerModel

/// Both ends of an exchange of context, whatever carries the messages.
extension ContextLog {
  /// Exchanges context with a peer until neither side lacks what the other may give it. What has been exchanged when it
  /// breaks stays.
  /// - Parameter ask: carries one request to the peer.
  /// - Throws: ``NodeError`` `limit_reached`, `remote_failed` for answers that are not right; what `ask` and the database
  ///   throw.
  func sync(
    _ direction: SyncDirection, _ selection: ContextSelection, with peer: PeerID,
    ask: @Sendable (PeerSync.Parameters) async throws -> PeerSync.Result
  ) async throws -> ContextSync {
    var machine = ContextSync(direction, selection)
    while true {
      let page =
        if direction.pushes, let theirs = machine.theirs {
          try await missing(from: theirs, in: machine.scopes)
        } else {
          Page(records: [], hasMore: false, have: try await vector(machine.scopes))
        }
      let answer = try await ask(machine.request(have: page.have, records: page.records))
      let taken: Int
      do {
        for record in answer.entries {
          guard selection.scopes.contains(record.id.scope) else {
            throw NodeError(.invalidArguments, "nobody asked for \(record.id)")
          }
          try record.verify()
        }
        taken = try await merge(answer.entries, via: peer)
      } catch let error as NodeError where error.code == .invalidArguments || error.code == .unauthenticated {
        throw NodeError(.remoteFailed, "the peer sent context that is not right: \(error.message)")
      }
      guard try machine.receive(answer, taken: taken, have: try await vector(machine.scopes)) else { return machine }
    }
  }

  /// Answers one request of a peer, whose level has been checked.
  /// - Parameter allowed: the scopes that the owner lets peers sync.
  /// - Throws: ``NodeError`` `not_allowed` for other scopes, `invalid_arguments`, `unauthenticated`, `limit_reached`; what
  ///   the database throws.
  func answer(
    _ request: PeerSync.Parameters, allowing allowed: Set<ContextScope>, from peer: PeerID
  ) async throws -> PeerSync.Result {
    let scopes = request.scope.scopes.intersection(allowed)
    func check(_ isGood: Bool, _ what: String) throws(NodeError) {
      guard isGood else {
        throw NodeError(
          .notAllowed, "this node syncs no context of scope \(what) with peers",
          hint: "ask its owner to add it to p2p.sync_scopes")
      }
    }
    try check(!scopes.isEmpty, request.scope.rawValue)
    guard request.direction.pushes || request.entries.isEmpty else {
      throw NodeError(.invalidArguments, "/entries: with direction pull, nothing is taken")
    }
    for record in request.entries {
      try check(scopes.contains(record.id.scope), record.id.scope.rawValue)
      try record.verify()
    }
    let accepted = try await merge(request.entries, via: peer)
    let page =
      request.direction.pulls
      ? try await missing(from: request.have, in: scopes)
      : Page(records: [], hasMore: false, have: try await vector(scopes))
    return PeerSync.Result(
      requestID: request.requestID, entries: page.records, have: page.have, scopes: scopes.sorted(),
      accepted: accepted, hasMore: page.hasMore)
  }
}
