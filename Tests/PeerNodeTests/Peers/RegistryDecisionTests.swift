import PeerModel
import Testing

@testable import PeerNode

/// What the owner decides, and what it does to tokens that are out.
@Suite struct RegistryDecisionTests {
  @Test func aSightingNeverRaisesTrust() async throws {
    let bench = try RegistryBench()
    let id = try await bench.seen()
    #expect(bench.status(id) == .discovered)
    #expect(bench.trust(id) == .unknown)
    for _ in 0..<5 {
      try await bench.registry.sighted(id, name: "other", at: [PeerAddress(host: "192.0.2.2", port: 1)])
    }
    #expect(bench.status(id) == .discovered)
    #expect(bench.trust(id) == .unknown)
  }

  @Test func aRequestWaitsForTheOwner() async throws {
    let bench = try RegistryBench()
    let id = try await bench.asking()
    #expect(bench.status(id) == .pending)
    #expect(bench.trust(id) == .pending)
    #expect(bench.registry.pending().map(\.peer.id) == [id])
    let request = try #require(bench.registry.pending().first)
    #expect(request.expiresAt - request.requestedAt == 86_400, "contract section 5: 24 hours")
  }

  @Test(arguments: TrustLevel.grantable) func anApprovalGrantsItsLevel(_ level: TrustLevel) async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved(trust: level)
    #expect(bench.status(id) == .approved)
    #expect(bench.trust(id) == level)
    #expect(bench.registry.peer(id)?.approvedBy == "uid:1000")
    #expect(bench.registry.pending().isEmpty)
  }

  @Test(arguments: [TrustLevel.unknown, .pending]) func aLevelThatIsNoGrantIsRefused(_ level: TrustLevel) async throws {
    let bench = try RegistryBench()
    let id = try await bench.asking()
    await expectRefusal(.invalidArguments) {
      try await bench.registry.approve(id, trust: level, maximum: 100, by: bench.owner)
    }
    #expect(bench.status(id) == .pending)
  }

  @Test func whatIsNotKnownCannotBeDecidedAbout() async throws {
    let bench = try RegistryBench()
    let id = HandshakeBench.identity().id
    await expectRefusal(.peerNotFound) {
      try await bench.registry.approve(id, trust: .basic, maximum: 9, by: bench.owner)
    }
    await expectRefusal(.peerNotFound) { try await bench.registry.reject(id, by: bench.owner) }
    await expectRefusal(.peerNotFound) { try await bench.registry.block(id, by: bench.owner) }
    await expectRefusal(.notApproved) { try await bench.registry.trust(id, .basic, maximum: 9, by: bench.owner) }
  }

  @Test func aBlockedPeerMustBeRemovedFirst() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved()
    try await bench.registry.block(id, by: bench.owner)
    #expect(bench.status(id) == .blocked)
    #expect(bench.trust(id) == .unknown)
    await expectRefusal(.conflict) { try await bench.registry.approve(id, trust: .basic, maximum: 9, by: bench.owner) }
    await expectRefusal(.conflict) { try await bench.registry.reject(id, by: bench.owner) }
    try await bench.registry.remove(id, by: bench.owner)
    #expect(bench.status(id) == nil)
  }

  @Test(arguments: [true, false]) func aRefusedPeerStaysRefusedWhateverItAsks(_ isBlocked: Bool) async throws {
    let bench = try RegistryBench()
    let identity = HandshakeBench.identity()
    _ = try await bench.registry.requested(RegistryBench.hello(identity), from: "192.0.2.1", grant: nil)
    if isBlocked {
      try await bench.registry.block(identity.id, by: bench.owner)
    } else {
      try await bench.registry.reject(identity.id, by: bench.owner)
    }
    let expected: PeerStatus = isBlocked ? .blocked : .rejected
    let before = bench.registry.record(of: identity.id)
    for grant in [nil, TrustLevel.full] {
      let status = try await bench.registry.requested(
        RegistryBench.hello(identity, name: "anders"), from: "192.0.2.2", grant: grant)
      #expect(status == expected)
    }
    #expect(bench.registry.record(of: identity.id) == before, "nothing is recorded")
  }

  // MARK: Epochs: which decisions revoke the tokens that are out

  @Test func raisingOrKeepingALevelLeavesTokensAlone() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved(trust: .basic)
    let epoch = try bench.epoch(id)
    #expect(epoch > 0)
    try await bench.registry.trust(id, .basic, maximum: 9, by: bench.owner)
    #expect(try bench.epoch(id) == epoch)
    try await bench.registry.trust(id, .full, maximum: 9, by: bench.owner)
    #expect(try bench.epoch(id) == epoch)
    #expect(bench.trust(id) == .full)
  }

  @Test func loweringALevelRevokesTokens() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved(trust: .full)
    let epoch = try bench.epoch(id)
    try await bench.registry.trust(id, .trusted, maximum: 9, by: bench.owner)
    #expect(try bench.epoch(id) > epoch)
  }

  @Test func everyRefusalRevokesTokensForGood() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved()
    let first = try bench.epoch(id)
    try await bench.registry.reject(id, by: bench.owner)
    #expect(bench.trust(id) == .unknown)
    try await bench.registry.approve(id, trust: .trusted, maximum: 9, by: bench.owner)
    let second = try bench.epoch(id)
    #expect(second > first)
    try await bench.registry.block(id, by: bench.owner)
    try await bench.registry.remove(id, by: bench.owner)
    let identity = HandshakeBench.identity()
    _ = identity
    #expect(bench.registry.standing(of: id) == nil)
  }

  @Test func removingAndApprovingAnewNeverBringsATokenBack() async throws {
    var bench = try RegistryBench()
    let identity = HandshakeBench.identity()
    var epochs: Set<Int64> = []
    for round in 0..<5 {
      _ = try await bench.registry.requested(RegistryBench.hello(identity), from: "192.0.2.1", grant: nil)
      try await bench.registry.approve(identity.id, trust: .trusted, maximum: 9, by: bench.owner)
      #expect(epochs.insert(try bench.epoch(identity.id)).inserted, "round \(round)")
      try await bench.registry.remove(identity.id, by: bench.owner)
      // Not even across a restart.
      bench = try bench.reopened()
    }
  }

  // MARK: Limits and records

  @Test func approvalsAreLimited() async throws {
    let bench = try RegistryBench()
    let ids = [try await bench.asking("a"), try await bench.asking("b"), try await bench.asking("c")]
    for id in ids.prefix(2) { try await bench.registry.approve(id, trust: .basic, maximum: 2, by: bench.owner) }
    await expectRefusal(.limitReached) {
      try await bench.registry.approve(ids[2], trust: .basic, maximum: 2, by: bench.owner)
    }
    try await bench.registry.approve(ids[0], trust: .full, maximum: 2, by: bench.owner)
    try await bench.registry.reject(ids[0], by: bench.owner)
    try await bench.registry.approve(ids[2], trust: .basic, maximum: 2, by: bench.owner)
  }

  @Test func approvalsAtOneMomentAreLimitedToo() async throws {
    let bench = try RegistryBench()
    var ids: [PeerID] = []
    for number in 0..<12 { ids.append(try await bench.asking("p\(number)", from: "192.0.2.\(number)")) }
    await withTaskGroup(of: Void.self) { group in
      for id in ids {
        group.addTask { try? await bench.registry.approve(id, trust: .basic, maximum: 3, by: bench.owner) }
      }
    }
    #expect(bench.registry.all().filter { $0.status == .approved }.count == 3)
  }

  @Test func everyDecisionIsInTheAuditLog() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved()
    try await bench.registry.reject(id, by: .peer(id, .full))
    try await bench.registry.block(id, by: bench.owner)
    try await bench.registry.remove(id, by: bench.owner)
    let entries = try bench.audit()
    #expect(entries.map(\.operation) == ["approve", "reject", "block", "remove"])
    #expect(entries.map(\.caller) == ["uid:1000", id.description, "uid:1000", "uid:1000"])
    #expect(entries.allSatisfy { $0.subject == id.description && $0.outcome == "ok" })
  }

  @Test func aDecisionThatFailsIsNotInTheAuditLog() async throws {
    let bench = try RegistryBench()
    let id = HandshakeBench.identity().id
    await expectRefusal(.peerNotFound) { try await bench.registry.reject(id, by: bench.owner) }
    #expect(try bench.audit().isEmpty)
  }

  @Test func everyDecisionIsAnEvent() async throws {
    let bench = try RegistryBench()
    var events = bench.events.subscribe().makeAsyncIterator()
    let id = try await bench.approved()
    try await bench.registry.reject(id, by: bench.owner)
    try await bench.registry.block(id, by: bench.owner)
    try await bench.registry.remove(id, by: bench.owner)
    var kinds: [NodeEvent.Kind] = []
    for _ in 0..<5 { if let event = await events.next() { kinds.append(event.kind) } }
    #expect(kinds == [.peerPending, .peerApproved, .peerRejected, .peerBlocked, .peerRemoved])
  }

  // MARK: Without approval

  @Test func whenNoApprovalIsRequiredFirstContactGrants() async throws {
    let bench = try RegistryBench()
    let hello = RegistryBench.hello()
    #expect(try await bench.registry.requested(hello, from: "192.0.2.1", grant: .basic) == .approved)
    #expect(bench.trust(hello.id) == .basic)
    #expect(try bench.epoch(hello.id) > 0)
    #expect(bench.registry.peer(hello.id)?.approvedBy == "config:require_approval=false")
    try await bench.registry.trust(hello.id, .trusted, maximum: 9, by: bench.owner)
    #expect(try await bench.registry.requested(hello, from: "192.0.2.1", grant: .basic) == .approved)
    #expect(bench.trust(hello.id) == .trusted, "a later contact changes nothing")
  }

  @Test func whoWaitsAlreadyIsLetInWhenApprovalIsNoLongerRequired() async throws {
    let bench = try RegistryBench()
    let hello = RegistryBench.hello()
    #expect(try await bench.registry.requested(hello, from: "192.0.2.1", grant: nil) == .pending)
    #expect(try await bench.registry.requested(hello, from: "192.0.2.1", grant: .basic) == .approved)
  }
}
