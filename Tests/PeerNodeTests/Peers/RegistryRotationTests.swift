import FoundationEssentials
import GRDB
import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// Following a peer to its new key: what moves, who is followed, and what is refused from then on.
@Suite struct RegistryRotationTests {
  /// An identity whose peers have approved it, and those that it has later.
  struct Line {
    var identities = [HandshakeBench.identity()]
    var chain = RotationChain.none

    mutating func rotate() throws {
      let next = HandshakeBench.identity()
      let statement = try RotationStatement(
        from: identities[identities.count - 1], to: next, sequence: identities.count, time: 1_700_000_000)
      identities.append(next)
      chain = chain.adding(statement)
    }
    var id: PeerID { identities[identities.count - 1].id }
    var key: IdentityKey { identities[identities.count - 1].publicKey }
  }

  private func approved(_ line: Line, in bench: RegistryBench) async throws {
    _ = try await bench.registry.requested(
      RegistryBench.hello(line.identities[0], name: "line"), from: "192.0.2.1", grant: nil)
    try await bench.registry.approve(line.identities[0].id, trust: .full, maximum: 9, by: bench.owner)
  }

  @Test func everythingThatWasDecidedMoves() async throws {
    var bench = try RegistryBench()
    var line = Line()
    try await approved(line, in: bench)
    try await bench.registry.sighted(
      line.id, name: "line", at: [PeerAddress(host: "192.0.2.7", port: 99)], addedAs: .some("given"))
    let before = try #require(bench.registry.record(of: line.id))
    let old = line.id
    try line.rotate()
    let events = bench.events.subscribe()
    #expect(try await bench.registry.follow(line.chain, to: line.key) == old)
    for _ in 0..<2 {
      let after = try #require(bench.registry.record(of: line.id))
      #expect(bench.registry.record(of: old) == nil)
      #expect((after.peerStatus, after.trustLevel, after.name) == (.approved, .full, "given"))
      #expect((after.host, after.port, after.isAdded) == ("192.0.2.7", 99, true))
      #expect((after.approvedBy, after.firstSeen) == (before.approvedBy, before.firstSeen))
      #expect(after.key == line.key)
      #expect(bench.registry.peer(line.id)?.fingerprint == line.key.fingerprint)
      #expect(bench.registry.current(old) == line.id)
      #expect(try bench.registry.resolve(old.description) == line.id, "scripts that know the old id go on")
      #expect(throws: NodeError.self) { try bench.registry.checkNotReplaced(old) }
      let entry = try #require(try bench.audit().last)
      #expect((entry.caller, entry.operation, entry.subject) == (line.id.description, "rotate", old.description))
      // And after a restart.
      bench = try bench.reopened()
    }
    var seen: [NodeEvent] = []
    for await event in events {
      seen.append(event)
      break
    }
    #expect(seen.map(\.kind) == [.peerRotated])
    #expect(seen.first?.peer.id == line.id)
    #expect(seen.first?.detail == old.description)
  }

  @Test func severalChangesAreFollowedAtOnceAndEveryKeyOnTheWayIsRefused() async throws {
    let bench = try RegistryBench()
    var line = Line()
    try await approved(line, in: bench)
    for _ in 0..<3 { try line.rotate() }
    #expect(try await bench.registry.follow(line.chain, to: line.key) == line.identities[0].id)
    #expect(bench.status(line.id) == .approved)
    for identity in line.identities.dropLast() {
      let error = #expect(throws: NodeError.self) { try bench.registry.checkNotReplaced(identity.id) }
      #expect(error?.code == .identityReplaced)
      #expect(bench.registry.current(identity.id) == line.id)
    }
    // The same chain again changes nothing, a longer one goes on where it was.
    #expect(try await bench.registry.follow(line.chain, to: line.key) == nil)
    try line.rotate()
    #expect(try await bench.registry.follow(line.chain, to: line.key) == line.identities[3].id)
  }

  @Test func strangersAreNotFollowed() async throws {
    let bench = try RegistryBench()
    var unknown = Line()
    try unknown.rotate()
    #expect(try await bench.registry.follow(unknown.chain, to: unknown.key) == nil)
    var pending = Line()
    let id = pending.id
    _ = try await bench.registry.requested(
      RegistryBench.hello(pending.identities[0], name: "p"), from: "192.0.2.1", grant: nil)
    try pending.rotate()
    #expect(try await bench.registry.follow(pending.chain, to: pending.key) == nil)
    #expect(bench.status(id) == .pending)
    #expect(bench.status(pending.id) == nil)
  }

  /// Whom this node calls, it may know without having approved it.
  @Test func whoIsLookedForIsFollowedWithoutApproval() async throws {
    let bench = try RegistryBench()
    var line = Line()
    let old = line.id
    try await bench.registry.sighted(
      old, name: "line", at: [PeerAddress(host: "192.0.2.7", port: 99)], key: line.key)
    try line.rotate()
    #expect(try await bench.registry.follow(line.chain, to: line.key, from: old) == old)
    #expect(bench.status(line.id) == .discovered)
  }

  @Test func aRefusalIsNotEscapedByAnotherKey() async throws {
    let bench = try RegistryBench()
    var line = Line()
    try await approved(line, in: bench)
    let old = line.id
    try line.rotate()
    _ = try await bench.registry.requested(
      RegistryBench.hello(line.identities[1], name: "new"), from: "192.0.2.1", grant: nil)
    try await bench.registry.block(line.id, by: bench.owner)
    await expectRefusal(.notApproved) { try await bench.registry.follow(line.chain, to: line.key) }
    #expect(bench.status(old) == .approved)
    #expect(bench.status(line.id) == .blocked)
  }

  @Test func oneThatWasApprovedUnderItsNewKeyKeepsThatDecision() async throws {
    let bench = try RegistryBench()
    var line = Line()
    try await approved(line, in: bench)
    let old = line.id
    try line.rotate()
    _ = try await bench.registry.requested(
      RegistryBench.hello(line.identities[1], name: "new"), from: "192.0.2.1", grant: nil)
    try await bench.registry.approve(line.id, trust: .basic, maximum: 9, by: bench.owner)
    #expect(try await bench.registry.follow(line.chain, to: line.key) == old)
    #expect(bench.trust(line.id) == .basic)
    #expect(bench.registry.record(of: old) == nil)
  }

  /// Whoever has stolen the old key comes too late.
  @Test func aKeyThatWasLeftLeadsNowhereElse() async throws {
    let bench = try RegistryBench()
    var line = Line()
    try await approved(line, in: bench)
    try line.rotate()
    _ = try await bench.registry.follow(line.chain, to: line.key)
    let thief = HandshakeBench.identity()
    for sequence in [1, 2, 999] {
      let stolen = try RotationChain([
        RotationStatement(from: line.identities[0], to: thief, sequence: sequence, time: 1_800_000_000)
      ])
      await expectRefusal(.identityReplaced) { try await bench.registry.follow(stolen, to: thief.publicKey) }
    }
    #expect(bench.registry.record(of: thief.id) == nil)
    #expect(bench.status(line.id) == .approved)
  }

  @Test func anOlderStatementThanTheOneFollowedIsAReplay() async throws {
    let bench = try RegistryBench()
    var line = Line()
    try await approved(line, in: bench)
    for _ in 0..<3 { try line.rotate() }
    _ = try await bench.registry.follow(line.chain, to: line.key)
    let next = HandshakeBench.identity()
    for sequence in 1...3 {
      let replay = try RotationChain([
        RotationStatement(from: line.identities[3], to: next, sequence: sequence, time: 1)
      ])
      await expectRefusal(.conflict) { try await bench.registry.follow(replay, to: next.publicKey) }
    }
    #expect(bench.status(line.id) == .approved)
  }

  @Test func whatDoesNotVerifyChangesNothing() async throws {
    let bench = try RegistryBench()
    var line = Line()
    try await approved(line, in: bench)
    let old = line.id
    for _ in 0..<2 { try line.rotate() }
    for index in line.chain.statements.indices {
      for isOld in [true, false] {
        var statements = line.chain.statements
        if isOld { statements[index].oldSignature[5] ^= 1 } else { statements[index].newSignature[5] ^= 1 }
        let chain = try RotationChain(statements)
        await expectRefusal(.unauthenticated) { try await bench.registry.follow(chain, to: line.key) }
      }
    }
    let other = HandshakeBench.identity().publicKey
    await expectRefusal(.unauthenticated) { try await bench.registry.follow(line.chain, to: other) }
    #expect(bench.status(old) == .approved)
    #expect(bench.registry.current(old) == old)
  }

  @Test func aSightingOfALeftKeyIsNothing() async throws {
    let bench = try RegistryBench()
    var line = Line()
    try await approved(line, in: bench)
    let old = line.id
    try line.rotate()
    _ = try await bench.registry.follow(line.chain, to: line.key)
    let address = PeerAddress(host: "192.0.2.9", port: 1)
    #expect(try await bench.registry.sighted(old, name: "line", at: [address]) == false)
    await expectRefusal(.identityReplaced) {
      try await bench.registry.sighted(old, name: "line", at: [address], key: line.identities[0].publicKey)
    }
    #expect(bench.registry.record(of: old) == nil)
  }

  /// A request that ran under the old id is not run again under the new one.
  @Test func outcomesMoveToo() async throws {
    let bench = try RegistryBench()
    var line = Line()
    try await approved(line, in: bench)
    let log = OutcomeLog(store: bench.store)
    _ = try await log.begin("r-1", of: line.id, isReadOnly: false)
    let entry = AuditEntry(caller: .peer(line.id, .full), operation: "skill", subject: nil, at: 1)
    try await log.finish(
      "r-1", of: line.id,
      .success(SkillResult(requestID: "r-1", result: 7, executionMilliseconds: 1, success: true)), isReadOnly: false,
      hasFiles: false,
      audit: entry)
    try line.rotate()
    _ = try await bench.registry.follow(line.chain, to: line.key)
    #expect(try await log.begin("r-1", of: line.id, isReadOnly: false)?.result == 7)
  }
}
