import PeerModel

/// Asking a peer what it has recorded about this node.
extension PeerExchange {
  struct Records: Sendable {
    /// As this node sees them: outgoing is what it called itself, times are by its own clock.
    var calls: [CallKey: CallRecord] = [:]
    /// Calls to this node that run there.
    var running: Set<CallKey> = []
    /// From when on the peer has kept everything.
    var keptSince = 0
  }

  /// How far the clocks of two nodes may be apart for a call to be looked for, seconds.
  private static let margin = 600
  /// Longest text of a field; ours have no longer ones.
  private static let maximumText = 1024

  /// - Parameter since: seconds since 1970 by this node's clock.
  /// - Throws: ``NodeError`` of the other node, `unsupported_version` from one that has no such list, `limit_reached`.
  func records(of id: PeerID, since: Int) async throws -> Records {
    var records = Records()
    var after = 0
    var pages = 0
    while true {
      let asked = Clock.now
      let page = try await page(of: id, age: max(0, asked - since) + Self.margin, after: after)
      // What is less than a second is no difference of clocks.
      let difference = page.now - asked
      let offset = abs(difference) <= 1 ? 0 : difference
      if after == 0 {
        records.keptSince = page.keptSince - offset
        records.running = Set(page.running.map { CallKey(request: $0, isOutgoing: false) })
      }
      for entry in page.entries {
        guard let request = entry.request, entry.operation == (entry.isOutgoing ? "call" : "skill") else { continue }
        records.calls.add(
          CallKey(request: request, isOutgoing: !entry.isOutgoing),
          CallRecord(subject: entry.subject, time: entry.time - offset, outcome: entry.outcome))
      }
      guard let next = page.next else { return records }
      guard next > after else { throw Self.crooked }
      pages += 1
      guard pages * PeerRecords.maximumLimit < AuditLog.maximumCompared else { throw AuditLog.tooMany }
      after = next
    }
  }

  private func page(of id: PeerID, age: Int, after: Int) async throws -> PeerRecords.Result {
    let limit = Duration.seconds(20)
    let json = try await Deadline.run(until: .now + limit, what: "the peer's audit log", after: limit) {
      do {
        return try await Self.json(
          try await self.request(
            id, .get, "/v1/p2p/audit?age=\(age)&after=\(after)&limit=\(PeerRecords.maximumLimit)", timeout: limit))
      } catch let error as NodeError where error.code == .notFound {
        throw NodeError(.unsupportedVersion, "the peer's rd is older and does not tell what it has recorded")
      }
    }
    let page = try PeerRecords.Result(json: json)
    let isBounded =
      page.entries.count <= PeerRecords.maximumLimit && page.running.count <= PeerRecords.maximumRunning
      && page.entries.allSatisfy { entry in
        [entry.subject, entry.request, entry.outcome].allSatisfy { ($0?.utf8.count ?? 0) <= Self.maximumText }
      } && (page.next == nil || !page.entries.isEmpty)
    let times = [page.now, page.keptSince] + page.entries.map(\.time)
    guard isBounded, times.allSatisfy({ (0...1 << 40).contains($0) }) else { throw Self.crooked }
    return page
  }

  private static let crooked = NodeError(.remoteFailed, "what the peer tells of its audit log cannot be used")
}
