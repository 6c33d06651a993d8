import GRDB
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// What the registry keeps of invitations, with the clock in the test's hands.
@Suite struct RegistryInvitationTests {
  static let start = 1_700_000_000

  private func invite(_ bench: RegistryBench, lifetime: Int = 600) async throws -> Invitation {
    try await bench.registry.invite(trust: .trusted, lifetime: lifetime, by: bench.owner, now: Self.start)
  }

  @Test(arguments: [(599, true), (600, false), (86_400, false)])
  func anInvitationExpires(_ seconds: Int, _ isGood: Bool) async throws {
    let bench = try RegistryBench()
    let invitation = try await invite(bench)
    let hello = RegistryBench.hello()
    let now = Self.start + seconds
    if isGood {
      try await bench.registry.admit(hello, with: invitation, from: "192.0.2.1", maximum: 9, now: now)
      #expect(bench.registry.standing(of: hello.id)?.trust == .trusted)
    } else {
      await expectRefusal(.unauthenticated, JoinServer.invalid.message) {
        try await bench.registry.admit(hello, with: invitation, from: "192.0.2.1", maximum: 9, now: now)
      }
      #expect(bench.registry.record(of: hello.id) == nil)
    }
    #expect(try await bench.registry.invitations(now: now) == [])
    #expect(try await bench.store.pool.read { try Invitation.fetchCount($0) } == 0, "the secret is gone")
  }

  @Test func sixteenAreOpenAndNoMore() async throws {
    let bench = try RegistryBench()
    for _ in 0..<16 { _ = try await invite(bench) }
    await expectRefusal(.limitReached) { try await invite(bench) }
    _ = try await bench.registry.invite(trust: .basic, lifetime: 1, by: bench.owner, now: Self.start + 600)
  }

  @Test func aFullNodeKeepsTheInvitation() async throws {
    let bench = try RegistryBench()
    _ = try await bench.approved()
    let invitation = try await invite(bench)
    await expectRefusal(.limitReached) {
      try await bench.registry.admit(
        RegistryBench.hello(), with: invitation, from: "192.0.2.1", maximum: 1, now: Self.start)
    }
    #expect(try await bench.registry.invitations(now: Self.start) == [invitation])
  }

  @Test func decisionsAreInTheAuditLog() async throws {
    let bench = try RegistryBench()
    let invitation = try await invite(bench)
    let hello = RegistryBench.hello()
    try await bench.registry.admit(hello, with: invitation, from: "192.0.2.1", maximum: 9, now: Self.start)
    let reopened = try bench.reopened()
    let entries = try await reopened.store.pool.read { try AuditEntry.fetchAll($0) }
    #expect(entries.map(\.operation) == ["invite", "join"])
    #expect(entries.allSatisfy { $0.subject == invitation.id })
    #expect(reopened.registry.standing(of: hello.id)?.status == .approved)
  }
}
