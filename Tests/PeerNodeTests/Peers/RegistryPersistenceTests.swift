import FoundationEssentials
import GRDB
import LocalAPI
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// What a restart keeps, and what is in memory only.
@Suite struct RegistryPersistenceTests {
  @Test func everythingDecidedSurvivesARestart() async throws {
    var bench = try RegistryBench()
    let approved = try await bench.approved("approved", trust: .full)
    let pending = try await bench.asking("pending")
    let rejected = try await bench.approved("rejected")
    let blocked = try await bench.approved("blocked")
    let seen = try await bench.seen("seen")
    let gone = try await bench.approved("gone")
    try await bench.registry.reject(rejected, by: bench.owner)
    try await bench.registry.block(blocked, by: bench.owner)
    try await bench.registry.remove(gone, by: bench.owner)
    let before = [approved, pending, rejected, blocked, seen].map { bench.registry.record(of: $0) }
    bench = try bench.reopened()
    #expect([approved, pending, rejected, blocked, seen].map { bench.registry.record(of: $0) } == before)
    #expect(bench.registry.standing(of: gone) == nil)
    #expect(
      [approved, pending, rejected, blocked, seen].map { bench.status($0) }
        == [.approved, .pending, .rejected, .blocked, .discovered])
  }

  @Test func whoIsOnlineIsNotKept() async throws {
    var bench = try RegistryBench()
    let id = try await bench.approved()
    bench.registry.noteExchange(id, latency: .milliseconds(3))
    #expect(bench.registry.peer(id)?.online == true)
    #expect(bench.registry.peer(id)?.latencyMilliseconds == 3)
    bench.registry.noteFailure(id)
    #expect(bench.registry.peer(id)?.online == false)
    bench.registry.noteExchange(id, latency: nil)
    bench = try bench.reopened()
    #expect(bench.registry.peer(id)?.online == false)
  }

  @Test func theProvedAddressIsTriedBeforeThoseThatAreSeen() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved()
    #expect(bench.registry.addresses(of: id) == [PeerAddress(host: "192.0.2.1", port: 8765)])
    let seen = [PeerAddress(host: "192.0.2.50", port: 8765), PeerAddress(host: "192.0.2.1", port: 8765)]
    bench.registry.note(id) { $0.sighted = seen }
    #expect(bench.registry.addresses(of: id) == [seen[1], seen[0]])
    try await bench.registry.sighted(
      id, name: "p", at: [PeerAddress(host: "198.51.100.1", port: 1)], addedAs: .some(nil))
    #expect(bench.registry.addresses(of: id) == [PeerAddress(host: "198.51.100.1", port: 1)] + seen)
    #expect(bench.registry.addresses(of: HandshakeBench.identity().id).isEmpty)
  }

  @Test func anApprovedPeerThatMovedIsFollowedUnlessTheOwnerSaidWhere() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved()
    try await bench.registry.authenticated(id, from: "192.0.2.77", port: 9000)
    #expect(bench.registry.record(of: id)?.host == "192.0.2.77")
    #expect(bench.registry.record(of: id)?.port == 9000)
    try await bench.registry.authenticated(id, from: "192.0.2.78", port: 0)
    #expect(bench.registry.record(of: id)?.host == "192.0.2.77", "a node that does not listen has no address")
    try await bench.registry.sighted(
      id, name: "p", at: [PeerAddress(host: "198.51.100.1", port: 1)], addedAs: .some(nil))
    try await bench.registry.authenticated(id, from: "192.0.2.79", port: 9000)
    #expect(bench.registry.record(of: id)?.host == "198.51.100.1")
  }

  /// Tests/Fixtures/state/0.1.0: a state folder as that version left it. It must open for ever.
  @Test func theStateOfVersion010Opens() async throws {
    let folder = TemporaryFolder()
    let fixture =
      #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
      + "/Fixtures/state/0.1.0"
    for name in ["identity.key", "identity.crt", "rd.sqlite"] {
      let bytes = try #require(try File.read("\(fixture)/\(name)", limit: 1 << 20))
      try File.createAtomically("\(folder.path)/\(name)", bytes, mode: 0o600)
    }
    let identity = try IdentityFiles(directory: folder.path).loadOrCreate()
    #expect(identity.id.description == "peer-x5tsz323ctba25ar7s63fbgz4wc2abmd")
    let bench = try RegistryBench(in: folder, identity: identity)
    let peers = bench.registry.all()
    #expect(peers.map(\.name) == ["added", "approved", "blocked", "pending", "rejected", "seen"])
    #expect(peers.map(\.status) == [.discovered, .approved, .blocked, .pending, .rejected, .discovered])
    #expect(peers.map(\.trust) == [.unknown, .trusted, .unknown, .pending, .unknown, .unknown])
    let approved = try #require(peers.first { $0.name == "approved" })
    #expect(approved.approvedBy == "uid:1000")
    #expect(approved.fingerprint != nil && approved.verificationCode != nil)
    #expect(try bench.epoch(approved.id) == 1)
    #expect(try bench.audit().count == 5)
    #expect(try bench.store.secret("token secret", count: 32) == Array(UInt8(0)..<32))
    let log = OutcomeLog(store: bench.store)
    #expect(try await log.begin("kept", of: approved.id, isReadOnly: false)?.result == ["words": 3])
    // Decisions go on from there.
    try await bench.registry.trust(approved.id, .basic, maximum: 9, by: bench.owner)
    #expect(try bench.epoch(approved.id) > 4)
  }
}
