import PeerModel
import Testing

@testable import PeerNode

/// What strangers may leave behind (contract section 5), and for how long.
@Suite struct RegistryBoundsTests {
  @Test func limitsAreThoseOfTheContract() {
    let limits = Registry.Limits()
    #expect(limits.pending == 64)
    #expect(limits.pendingPerAddress == 8)
    #expect(limits.pendingLifetime == 86_400)
  }

  @Test func eightRequestsMayWaitFromOneAddress() async throws {
    let bench = try RegistryBench()
    for number in 0..<8 { _ = try await bench.asking("p\(number)", from: "192.0.2.1") }
    await expectRefusal(.rateLimited, "too many requests wait for approval") {
      try await bench.asking("p8", from: "192.0.2.1")
    }
    _ = try await bench.asking("p9", from: "192.0.2.2")
    #expect(bench.registry.pending().count == 9)
  }

  @Test func sixtyFourRequestsMayWaitInAll() async throws {
    let bench = try RegistryBench()
    for number in 0..<64 { _ = try await bench.asking("p\(number)", from: "192.0.2.\(number / 8)") }
    await expectRefusal(.rateLimited) { try await bench.asking("last", from: "192.0.2.200") }
    #expect(bench.registry.pending().count == 64)
    let id = try #require(bench.registry.pending().first).peer.id
    try await bench.registry.reject(id, by: bench.owner)
    _ = try await bench.asking("last", from: "192.0.2.200")
    #expect(bench.registry.pending().count == 64)
  }

  @Test func requestsAtOneMomentAreBoundedToo() async throws {
    let bench = try RegistryBench()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<40 { group.addTask { _ = try? await bench.asking("p\(number)", from: "192.0.2.1") } }
    }
    #expect(bench.registry.pending().count == 8)
  }

  @Test func whoWaitsAlreadyMayAskAgain() async throws {
    let bench = try RegistryBench()
    let identity = HandshakeBench.identity()
    for _ in 0..<20 {
      #expect(
        try await bench.registry.requested(RegistryBench.hello(identity), from: "192.0.2.1", grant: nil) == .pending)
    }
    #expect(bench.registry.pending().count == 1)
    // Asking under another name does not begin the day anew.
    let first = try #require(bench.registry.pending().first).requestedAt
    _ = try await bench.registry.requested(RegistryBench.hello(identity, name: "anders"), from: "192.0.2.1", grant: nil)
    #expect(bench.registry.pending().first?.requestedAt == first)
    #expect(bench.registry.pending().first?.peer.name == "anders")
  }

  @Test func requestsThatNobodyDecidedAboutAreDropped() async throws {
    var limits = Registry.Limits()
    limits.pendingLifetime = -1
    let bench = try RegistryBench(limits: limits)
    let id = try await bench.asking()
    let approved = HandshakeBench.identity().id
    try await bench.registry.sighted(approved, name: "a", at: [PeerAddress(host: "192.0.2.7", port: 1)])
    try await bench.registry.approve(approved, trust: .basic, maximum: 9, by: bench.owner)
    try await bench.registry.dropExpiredPending()
    #expect(bench.status(id) == nil)
    #expect(bench.status(approved) == .approved)
    #expect(try bench.reopened().status(id) == nil)
  }

  @Test func expiredRequestsMakeRoomForNewOnes() async throws {
    var limits = Registry.Limits()
    limits.pendingLifetime = -1
    limits.pending = 2
    let bench = try RegistryBench(limits: limits)
    for number in 0..<10 { _ = try await bench.asking("p\(number)") }
    #expect(bench.registry.pending().count <= 2)
  }

  @Test func sightingsAreBounded() async throws {
    var limits = Registry.Limits()
    limits.discovered = 5
    let bench = try RegistryBench(limits: limits)
    let approved = try await bench.approved("friend")
    let waiting = try await bench.asking("waits")
    let added = HandshakeBench.identity().id
    try await bench.registry.sighted(
      added, name: "added", at: [PeerAddress(host: "192.0.2.8", port: 1)], addedAs: .some(nil))
    for number in 0..<20 { _ = try await bench.seen("s\(number)") }
    #expect(bench.registry.all().filter { $0.status == .discovered && $0.id != added }.count == 5)
    for kept in [approved, waiting, added] { #expect(bench.status(kept) != nil) }
  }

  @Test(arguments: [
    "a", "nachbar", "Büro 2", "名前", "a.b-c_d", String(repeating: "x", count: 63), "e\u{301}",
  ])
  func aNameThatCanBeShownIsTaken(_ name: String) throws { #expect(try PeerName.check(name) == name) }

  @Test(arguments: [
    "", " a", "a ", "-a", "a~2", "a/b", "a\nb", "a\u{0}", "\u{7F}", "\u{1B}[31m", "a\u{200B}b", "a\u{202E}b",
    "\u{FEFF}a",
    "a\u{2028}b", "\u{E000}", "\u{FFFF}", String(repeating: "x", count: 64), String(repeating: "é", count: 32),
  ])
  func aNameThatCannotIsRefused(_ name: String) {
    expectRefusal(.invalidArguments) { try PeerName.check(name) }
  }
}
