import GRDB
import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// What is remembered of one peer is bounded, and at-most-once holds all the same.
@Suite struct OutcomeBoundsTests {
  let bench: RegistryBench
  let log: OutcomeLog
  let peer = HandshakeBench.identity().id
  let other = HandshakeBench.identity().id

  init() throws {
    bench = try RegistryBench()
    var limits = OutcomeLog.Limits()
    limits.requests = 10
    limits.bytes = 4000
    log = OutcomeLog(store: bench.store, limits: limits)
  }

  private func run(_ id: String, of peer: PeerID, isReadOnly: Bool, size: Int = 1) async throws -> SkillResult? {
    if let earlier = try await log.begin(id, of: peer, isReadOnly: isReadOnly) { return earlier }
    let entry = AuditEntry(caller: .peer(peer, .trusted), operation: "skill", subject: "s.t", at: 1)
    let result = SkillResult(
      requestID: id, result: .string(String(repeating: "x", count: size)), executionMilliseconds: 2, success: true)
    try await log.finish(id, of: peer, .success(result), isReadOnly: isReadOnly, hasFiles: false, audit: entry)
    return nil
  }

  private func total(_ column: String) throws -> Int {
    try bench.store.pool.read { db in
      try Int.fetchOne(db, sql: "SELECT \(column) FROM outcomeTotal WHERE peer = ?", arguments: [peer.description]) ?? 0
    }
  }

  @Test func oldResultsGoAndTheirRequestsStillDoNotRunAgain() async throws {
    for number in 0..<8 { #expect(try await run("\(number)", of: peer, isReadOnly: false, size: 1000) == nil) }
    #expect(try total("bytes") <= 4000)
    #expect(try total("count") == 8)
    await expectRefusal(.conflict, "this request has run; its result is not kept") {
      try await run("0", of: peer, isReadOnly: false)
    }
    // The newest one alone is below the limit; those of other peers are not touched.
    #expect(try await run("a", of: other, isReadOnly: false, size: 1000) == nil)
    #expect(try await run("a", of: other, isReadOnly: false) != nil)
  }

  @Test func whatMayHaveChangedSomethingIsNeverForgottenForSomethingNew() async throws {
    for number in 0..<10 { #expect(try await run("\(number)", of: peer, isReadOnly: false) == nil) }
    for _ in 0..<2 {
      let error = await #expect(throws: NodeError.self) { try await run("new", of: peer, isReadOnly: false) }
      #expect(error?.code == .rateLimited)
      #expect(error?.retryAfter != nil)
    }
    for number in 0..<10 { #expect(try await run("\(number)", of: peer, isReadOnly: false) != nil) }
    #expect(try await run("new", of: other, isReadOnly: false) == nil, "another peer has its own room")
    #expect(try await run("reading", of: peer, isReadOnly: true) == nil, "reading is served, and not remembered")
    #expect(try total("count") == 10)
  }

  @Test func whatOnlyReadGivesWay() async throws {
    for number in 0..<10 { #expect(try await run("r\(number)", of: peer, isReadOnly: true) == nil) }
    #expect(try await run("w", of: peer, isReadOnly: false) == nil)
    #expect(try await run("w", of: peer, isReadOnly: false) != nil)
    #expect(try total("count") <= 10)
  }

  @Test func theTotalsAreThoseOfTheTable() async throws {
    for number in 0..<5 { _ = try await run("\(number)", of: peer, isReadOnly: number % 2 == 0, size: number * 100) }
    #expect(try await log.begin("open", of: peer, isReadOnly: false) == nil)
    try await log.abandon(
      "open", of: peer, audit: AuditEntry(caller: .peer(peer, .trusted), operation: "skill", subject: "s.t", at: 1))
    let counted = try bench.store.pool.read { db in
      try Row.fetchOne(
        db, sql: "SELECT count(*) AS count, sum(coalesce(length(response), 0)) AS bytes FROM outcome WHERE peer = ?",
        arguments: [peer.description])
    }
    let (count, bytes) = (try total("count"), try total("bytes"))
    #expect(counted?["count"] == count)
    #expect(counted?["bytes"] == bytes)
  }
}
