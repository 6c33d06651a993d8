import LocalAPI
import PeerModel

/// What is on record, that it is whole, and whether others have it so too.
extension NodeParts {
  var auditOperations: [Operation] {
    [
      Operation(ListAudit.self, .view) { parameters, context in try await list(parameters, context) },
      Operation(VerifyAudit.self, .view) { parameters, _ in try await verify(parameters) },
      Operation(CompareAudit.self, .administer, audit: .look) { parameters, _ in try await compare(parameters) },
      Operation(PeerRecords.self, .ownEntries, .get("/v1/p2p/audit"), audience: .peers, audit: .look) {
        parameters, context in
        guard case .peer(let id, _) = context.caller else {
          throw NodeError(.unauthenticated, "a peer's token is needed")
        }
        return try await records(about: id, parameters)
      },
    ]
  }

  private func list(_ parameters: ListAudit.Parameters, _ context: Operation.Context) async throws -> ListAudit.Result {
    var filter = AuditLog.Filter()
    filter.since = parameters.since
    filter.peer = try parameters.peer.map { word in
      // Of a peer that was forgotten, the entries are still there.
      if let id = PeerID(word) { return id }
      return try registry.resolve(word)
    }
    filter.caller = parameters.caller
    filter.isFailed = parameters.failed
    filter.withLooks = parameters.all
    guard parameters.follow else { return .init(entries: try await audit.list(filter, limit: parameters.limit)) }
    // Watched before it is read, so that nothing falls between the two.
    let changes = audit.changes()
    let first = try await audit.list(filter, limit: parameters.limit)
    var last = try await max(audit.newest(), Int64(first.last?.number ?? 0))
    for line in first { try await context.progress(line.json) }
    for await _ in changes {
      while case let lines = try await audit.next(after: last, filter), let newest = lines.last {
        for line in lines { try await context.progress(line.json) }
        last = Int64(newest.number)
      }
    }
    try Task.checkCancellation()
    return .init(entries: [])
  }

  private func verify(_ parameters: VerifyAudit.Parameters) async throws -> VerifyAudit.Result {
    let expected = try parameters.expect.map { text in
      guard let bytes = Hexadecimal.bytes(text), bytes.count == AuditChain.genesis.count else {
        throw NodeError(.invalidArguments, "/expect: a head is 64 hexadecimal digits", hint: "r audit verify")
      }
      return bytes
    }
    let proof = try await audit.verify(expecting: expected)
    return VerifyAudit.Result(
      entries: proof.entries, first: proof.first.map { Int($0) }, last: proof.last.map { Int($0) },
      head: Hexadecimal.text(proof.head), brokenAt: proof.fault.map { Int($0.number) }, reason: proof.fault?.reason,
      isExpectedFound: expected == nil ? nil : proof.isExpectedFound)
  }

  private func records(about id: PeerID, _ parameters: PeerRecords.Parameters) async throws -> PeerRecords.Result {
    // The running calls first: one that ends meanwhile is among the entries.
    let running = await exchange.running[id] ?? []
    await audit.flush()
    let now = Clock.now
    let lines = try await audit.entries(
      about: id, after: Int64(parameters.after ?? 0), since: now - (parameters.age ?? now), limit: parameters.limit)
    return PeerRecords.Result(
      now: now, keptSince: try await audit.keptSince(),
      running: Array(running.sorted().prefix(PeerRecords.maximumRunning)),
      entries: lines.map { PeerRecords.Entry($0, of: id) },
      next: lines.count == parameters.limit ? lines.last?.number : nil)
  }

  private func compare(_ parameters: CompareAudit.Parameters) async throws -> CompareAudit.Result {
    let id = try registry.resolve(parameters.peer)
    let since = parameters.since ?? 0
    let here = try await audit.calls(with: id, since: since)
    let answer = try await exchange.records(of: id, since: since)
    let keys = answer.calls.keys.filter { here[$0] == nil }
    let running = await exchange.running[id] ?? []
    return CallComparison(
      here: here, there: answer.calls, later: try await audit.calls(with: id, requests: keys.map(\.request)),
      running: answer.running.union(running.map { CallKey(request: $0, isOutgoing: true) }), since: since,
      keptHere: try await audit.keptSince(), keptThere: answer.keptSince
    ).result(for: id)
  }
}
