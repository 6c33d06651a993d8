import PeerModel
import Testing

@testable import PeerNode

/// Names are claims, ids are identity.
@Suite struct RegistryNamingTests {
  @Test func twoPeersMayClaimOneName() async throws {
    let bench = try RegistryBench()
    let ids = [try await bench.seen("lab"), try await bench.seen("lab"), try await bench.seen("lab")]
    #expect(bench.registry.all().map(\.name) == ["lab", "lab~2", "lab~3"])
    #expect(Set(bench.registry.all().map(\.id)) == Set(ids))
  }

  @Test func whomTheOwnerApprovedKeepsTheName() async throws {
    let bench = try RegistryBench()
    let stranger = try await bench.seen("lab")
    let friend = try await bench.approved("lab")
    let late = try await bench.asking("lab", from: "192.0.2.3")
    #expect(bench.registry.peer(friend)?.name == "lab")
    #expect(Set([stranger, late].compactMap { bench.registry.peer($0)?.name }) == ["lab~2", "lab~3"])
    #expect(try bench.registry.resolve("lab") == friend)
  }

  @Test func anApprovedPeerCannotTakeAnothersNameLater() async throws {
    let bench = try RegistryBench()
    let identity = HandshakeBench.identity()
    _ = try await bench.registry.requested(
      RegistryBench.hello(identity, name: "mallory"), from: "192.0.2.1", grant: nil)
    try await bench.registry.approve(identity.id, trust: .basic, maximum: 9, by: bench.owner)
    _ = try await bench.registry.requested(RegistryBench.hello(identity, name: "bank"), from: "192.0.2.1", grant: nil)
    try await bench.registry.sighted(identity.id, name: "bank", at: [PeerAddress(host: "192.0.2.1", port: 8765)])
    #expect(bench.registry.peer(identity.id)?.name == "mallory")
  }

  @Test func theNameThatTheOwnerGaveStays() async throws {
    let bench = try RegistryBench()
    let identity = HandshakeBench.identity()
    try await bench.registry.sighted(
      identity.id, name: "its-own", at: [PeerAddress(host: "192.0.2.1", port: 1)], addedAs: .some("mine"))
    try await bench.registry.sighted(identity.id, name: "its-own", at: [PeerAddress(host: "192.0.2.2", port: 2)])
    _ = try await bench.registry.requested(
      RegistryBench.hello(identity, name: "its-own"), from: "192.0.2.3", grant: nil)
    let peer = try #require(bench.registry.peer(identity.id))
    #expect(peer.name == "mine")
    #expect(bench.registry.record(of: identity.id)?.host == "192.0.2.1", "so does the address")
  }

  @Test func aPeerIsMeantByIdPrefixOrName() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved("nachbar")
    for word in [
      id.description, id.short, "peer-" + id.letters.prefix(4), String(id.letters.prefix(4)), id.letters, "nachbar",
    ] {
      #expect(try bench.registry.resolve(word) == id, "\(word)")
    }
  }

  @Test func tooShortOrUnknownWordsAreNotFound() async throws {
    let bench = try RegistryBench()
    let id = try await bench.approved("nachbar")
    for word in [
      "", "peer-", String(id.letters.prefix(3)), "peer-" + id.letters.prefix(3), "Nachbar2",
      HandshakeBench.identity().id.description,
    ] {
      expectRefusal(.peerNotFound) { try bench.registry.resolve(word) }
    }
  }

  @Test func aTypingMistakeIsGuessed() async throws {
    let bench = try RegistryBench()
    _ = try await bench.approved("nachbar")
    expectRefusal(.peerNotFound, "no peer is called nachbra, did you mean nachbar?") {
      try bench.registry.resolve("nachbra")
    }
  }

  @Test func anAmbiguousWordIsRefusedWithTheCandidates() async throws {
    let bench = try RegistryBench()
    // Two ids that begin with the same four letters: the digest decides the letters.
    let ids = [0, 1].compactMap { PeerID(digest: [0, 1, 2, UInt8($0)] + [UInt8](repeating: 9, count: 16)) }
    for (id, name) in zip(ids, ["eins", "zwei"]) {
      try await bench.registry.sighted(id, name: name, at: [PeerAddress(host: "192.0.2.1", port: 1)])
    }
    let prefix = String(ids[0].letters.prefix(4))
    #expect(ids[1].letters.hasPrefix(prefix))
    let error = #expect(throws: NodeError.self) { try bench.registry.resolve(prefix) }
    #expect(error?.code == .ambiguous)
    #expect(error?.message == "\(prefix) may be any of 2 peers")
    #expect(error?.candidates == ["\(ids[0]) (eins)", "\(ids[1]) (zwei)"])
  }

  @Test func aNameThatLooksLikeAnothersIdDoesNotCatchItsCalls() async throws {
    let bench = try RegistryBench()
    let friend = try await bench.approved("friend")
    let mallory = try await bench.asking(friend.description, from: "192.0.2.66")
    #expect(try bench.registry.resolve(friend.description) == friend)
    // A short form becomes ambiguous rather than wrong.
    let other = try await bench.asking(friend.short, from: "192.0.2.66")
    let error = #expect(throws: NodeError.self) { try bench.registry.resolve(friend.short) }
    #expect(error?.code == .ambiguous)
    #expect(mallory != other)
  }

  @Test func peersAreListedByName() async throws {
    let bench = try RegistryBench()
    for name in ["c", "a", "b"] { _ = try await bench.seen(name) }
    #expect(bench.registry.all().map(\.name) == ["a", "b", "c"])
  }
}
