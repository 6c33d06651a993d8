import GRDB
import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// The same request never runs twice (contract section 4).
@Suite struct OutcomeLogTests {
  let bench: RegistryBench
  let log: OutcomeLog
  let peer = HandshakeBench.identity().id
  let other = HandshakeBench.identity().id

  init() throws {
    bench = try RegistryBench()
    log = OutcomeLog(store: bench.store)
  }

  private var entry: AuditEntry { AuditEntry(caller: .peer(peer, .trusted), operation: "skill", subject: "s.t", at: 1) }

  private static func result(_ id: String, _ value: JSONValue = 1) -> SkillResult {
    SkillResult(requestID: id, result: value, executionMilliseconds: 2, success: true)
  }

  private func run(_ id: String, isReadOnly: Bool = false, hasFiles: Bool = false) async throws -> SkillResult? {
    if let earlier = try await log.begin(id, of: peer, isReadOnly: isReadOnly) { return earlier }
    try await log.finish(
      id, of: peer, .success(Self.result(id)), isReadOnly: isReadOnly, hasFiles: hasFiles, audit: entry)
    return nil
  }

  @Test(arguments: [true, false]) func aRepeatGetsTheFirstOutcome(_ isReadOnly: Bool) async throws {
    #expect(try await run("r", isReadOnly: isReadOnly) == nil)
    for _ in 0..<3 { #expect(try await run("r", isReadOnly: isReadOnly) == Self.result("r")) }
    #expect(try await run("r2", isReadOnly: isReadOnly) == nil, "another id is another request")
  }

  @Test func idsOfDifferentPeersAreDifferent() async throws {
    #expect(try await run("r") == nil)
    #expect(try await log.begin("r", of: other, isReadOnly: false) == nil)
  }

  @Test func aRepeatAfterARestartGetsTheFirstOutcome() async throws {
    #expect(try await run("r") == nil)
    let again = OutcomeLog(store: try bench.reopened().store)
    #expect(try await again.begin("r", of: peer, isReadOnly: false) == Self.result("r"))
  }

  @Test(arguments: [true, false]) func aRepeatWhileTheFirstRunsIsRefused(_ isReadOnly: Bool) async throws {
    #expect(try await log.begin("r", of: peer, isReadOnly: isReadOnly) == nil)
    await expectRefusal(.conflict, "this request is running") {
      try await log.begin("r", of: peer, isReadOnly: isReadOnly)
    }
    try await log.finish(
      "r", of: peer, .success(Self.result("r")), isReadOnly: isReadOnly, hasFiles: false, audit: entry)
    #expect(try await log.begin("r", of: peer, isReadOnly: isReadOnly) == Self.result("r"))
  }

  @Test func aRequestThatARestartInterruptedIsNotRunAgain() async throws {
    #expect(try await log.begin("r", of: peer, isReadOnly: false) == nil)
    let again = OutcomeLog(store: try bench.reopened().store)
    for _ in 0..<2 {
      await expectRefusal(.conflict, "this request was interrupted by a restart of the node and is not run again") {
        try await again.begin("r", of: peer, isReadOnly: false)
      }
    }
  }

  @Test func readingThatARestartInterruptedMayRunAgain() async throws {
    #expect(try await log.begin("r", of: peer, isReadOnly: true) == nil)
    let again = OutcomeLog(store: try bench.reopened().store)
    #expect(try await again.begin("r", of: peer, isReadOnly: true) == nil)
  }

  @Test func aRequestThatNeverRanMayBeTriedAgain() async throws {
    #expect(try await log.begin("r", of: peer, isReadOnly: false) == nil)
    try await log.abandon("r", of: peer, audit: entry)
    #expect(try await run("r") == nil)
  }

  @Test func aFailureIsAnOutcomeToo() async throws {
    #expect(try await log.begin("r", of: peer, isReadOnly: false) == nil)
    let failure = NodeError(.timedOut, "s.t did not end within 1 s", hint: "ask for more time")
    try await log.finish("r", of: peer, .failure(failure), isReadOnly: false, hasFiles: false, audit: entry)
    for _ in 0..<2 {
      let error = await #expect(throws: NodeError.self) { try await log.begin("r", of: peer, isReadOnly: false) }
      #expect(error == failure)
    }
  }

  @Test func aResultThatCannotBeKeptIsNotMadeAgain() async throws {
    #expect(try await run("files", hasFiles: true) == nil)
    await expectRefusal(.conflict) { try await log.begin("files", of: peer, isReadOnly: false) }
    #expect(try await log.begin("large", of: peer, isReadOnly: false) == nil)
    let large = Self.result("large", .string(String(repeating: "x", count: OutcomeLog.maximumSize)))
    try await log.finish("large", of: peer, .success(large), isReadOnly: false, hasFiles: false, audit: entry)
    await expectRefusal(.conflict) { try await log.begin("large", of: peer, isReadOnly: false) }
  }

  @Test func ofManyAtOneMomentOneRuns() async throws {
    let starts = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 {
        group.addTask {
          do { return try await log.begin("r", of: peer, isReadOnly: false) == nil } catch { return false }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(starts == 1)
  }

  @Test func manyDifferentOnesRunBesideEachOther() async throws {
    let firsts = try await withThrowingTaskGroup(of: SkillResult?.self) { group in
      for number in 0..<100 { group.addTask { try await run("r\(number % 50)-\(number / 50)") } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(firsts.allSatisfy { $0 == nil })
    #expect(try bench.audit().count == 100)
    #expect(try await run("r7-1") == Self.result("r7-1"))
  }

  @Test func outcomesAreForgottenAfterADay() async throws {
    #expect(OutcomeLog.lifetime == 86_400)
    #expect(try await run("old") == nil)
    #expect(try await run("young") == nil)
    try await bench.store.pool.write { db in
      try db.execute(sql: "UPDATE outcome SET startedAt = startedAt - 86401 WHERE request = 'old'")
    }
    #expect(try await run("another") == nil)
    let kept = try await bench.store.pool.read {
      try String.fetchAll($0, sql: "SELECT request FROM outcome ORDER BY request")
    }
    #expect(kept == ["another", "young"])
  }

  @Test func everyCallIsInTheAuditLog() async throws {
    #expect(try await run("r") == nil)
    #expect(try await run("r") != nil)
    #expect(try bench.audit() == [entry])
  }
}
