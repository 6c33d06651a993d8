import NIOCore
import PeerModel
import Testing

@testable import PeerNode

/// Who may take how much of the peer port.
@Suite struct AdmissionTests {
  // MARK: Addresses

  @Test(arguments: [
    ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::", "2001:db8:1:2::/64"),
    ("::1", "::/64"), ("fe80::1%eth0", "fe80::/64%eth0"), ("fe80::2%eth0", "fe80::/64%eth0"), ("", ""), ("x:y", "x:y"),
  ])
  func addressesOfOneNetworkAreOneClient(_ host: String, _ key: String) {
    #expect(AddressGroup.key(of: host) == key)
  }

  @Test func pendingRequestsAreCountedByNetwork() async throws {
    var limits = Registry.Limits()
    limits.pendingPerAddress = 2
    let bench = try RegistryBench(limits: limits)
    _ = try await bench.asking("a", from: "2001:db8::1")
    _ = try await bench.asking("b", from: "2001:db8::2")
    await expectRefusal(.rateLimited) { try await bench.asking("c", from: "2001:db8::3:0") }
    _ = try await bench.asking("d", from: "2001:db8:0:1::1")
  }

  @Test func whomTheOwnerAddedAlwaysHasRoomToAsk() async throws {
    var limits = Registry.Limits()
    limits.pending = 1
    let bench = try RegistryBench(limits: limits)
    _ = try await bench.asking("a")
    let hello = RegistryBench.hello(name: "added")
    try await bench.registry.sighted(
      hello.id, name: "added", at: [PeerAddress(host: "192.0.2.9", port: 1)], key: hello.key, addedAs: .some(nil))
    #expect(try await bench.registry.requested(hello, from: "192.0.2.9", grant: nil) == .pending)
    await expectRefusal(.rateLimited) { try await bench.asking("b", from: "192.0.2.10") }
  }

  @Test func withoutApprovalNoMoreAreLetInThanMay() async throws {
    let bench = try RegistryBench()
    let statuses = try await withThrowingTaskGroup(of: PeerStatus.self) { group in
      for number in 0..<12 {
        group.addTask {
          try await bench.registry.requested(
            RegistryBench.hello(name: "p\(number)"), from: "192.0.2.\(number)", grant: .basic, maximum: 3)
        }
      }
      return try await group.reduce(into: [PeerStatus]()) { $0.append($1) }
    }
    #expect(statuses.count { $0 == .approved } == 3)
    #expect(statuses.count { $0 == .pending } == 9, "the others wait for the owner")
  }

  // MARK: Connections

  @Test func strangersLeaveRoomForPeersAndBothForThisMachine() {
    let census = ConnectionCensus(peerPort: 80)
    let strangers = (0..<100).count { census.enter("s\($0)", .stranger) }
    #expect(strangers == 50)
    let peers = (0..<100).count { census.enter("p\($0)", .known) }
    #expect(peers == 20)
    #expect((0..<100).count { _ in census.enter("127.0.0.1", .loopback) } == 10)
    census.leave("s0", .stranger)
    #expect(census.enter("p", .known), "what strangers leave is for peers too")
    #expect(!census.enter("s0", .stranger))
    #expect(!census.enter("q", .known))
  }

  @Test func oneClientCannotTakeTheWholeShare() {
    let census = ConnectionCensus(peerPort: 80)
    #expect((0..<100).count { _ in census.enter("s", .stranger) } == 20)
    #expect((0..<100).count { _ in census.enter("p", .known) } == 10)
    #expect(census.enter("other", .stranger))
    #expect(census.enter("other", .known))
    census.leave("s", .stranger)
    #expect(census.enter("s", .stranger))
    #expect(!census.enter("s", .stranger))
  }

  @Test func thisMachineDoesNotKeepOthersOut() {
    let census = ConnectionCensus(peerPort: 80)
    #expect((0..<100).count { _ in census.enter("127.0.0.1", .loopback) } == 60)
    #expect(census.enter("s", .stranger))
    #expect(census.enter("p", .known))
  }

  @Test func addressesOfPeersAreForgottenAfterADayAndTheOldestWhenTooMany() {
    let known = KnownAddresses(["192.0.2.1"], now: 0)
    #expect(known.contains("192.0.2.1", now: KnownAddresses.lifetime))
    #expect(!known.contains("192.0.2.1", now: KnownAddresses.lifetime + 1))
    known.note("192.0.2.1", now: 100)
    for number in 0..<KnownAddresses.maximum { known.note("a\(number)", now: 200 + number) }
    #expect(!known.contains("192.0.2.1", now: 2000))
    #expect(known.contains("a1", now: 2000))
  }

  @Test func whereApprovedPeersAreIsKnownFromTheStart() async throws {
    let bench = try RegistryBench()
    _ = try await bench.approved("a")
    _ = try await bench.asking("b", from: "192.0.2.2")
    #expect(bench.registry.provenHosts() == ["192.0.2.1"])
  }

  // MARK: Rates

  @Test func aBurstIsAllowedThenARate() throws {
    let limiter = RateLimiter("here", burst: 3, perSecond: 2)
    for _ in 0..<3 { try limiter.spend("a", now: 100) }
    let error = #expect(throws: NodeError.self) { try limiter.spend("a", now: 100) }
    #expect(error?.code == .rateLimited)
    #expect(error?.retryAfter == 1)
    try limiter.spend("b", now: 100)
    for _ in 0..<2 { try limiter.spend("a", now: 101) }
    #expect(throws: NodeError.self) { try limiter.spend("a", now: 101) }
  }

  @Test func theWaitIsAsLongAsItTakes() {
    let limiter = RateLimiter("here") { RateLimiter.Rate(burst: 1, perSecond: 0.1) }
    #expect(throws: Never.self) { try limiter.spend("a", now: 0) }
    let error = #expect(throws: NodeError.self) { try limiter.spend("a", now: 3) }
    #expect(error?.retryAfter == 7)
  }

  @Test func moreClientsThanAreCountedShareWhatOneGets() throws {
    let limiter = RateLimiter("here", burst: 2, perSecond: 1)
    for number in 0..<RateLimiter.maximumBuckets { try limiter.spend("\(number)", now: 0) }
    for number in 0..<2 { try limiter.spend("new\(number)", now: 0) }
    #expect(throws: NodeError.self) { try limiter.spend("new2", now: 0) }
    try limiter.spend("7", now: 0)
    for number in 0..<10 { try limiter.spend("later\(number)", now: 1) }
  }

  // MARK: Memory

  @Test func bodiesAreBoundedByCallerAndInAll() throws {
    let budget = BodyBudget()
    var held: [BodyBudget.Share] = []
    for number in 0..<4 {
      let share = budget.share(of: "\(number)")
      try share.take(BodyBudget.each)
      held.append(share)
      #expect(throws: NodeError.self) { try budget.share(of: "\(number)").take(1) }
    }
    let error = #expect(throws: NodeError.self) { try budget.share(of: "x").take(1) }
    #expect(error?.code == .busy)
    held.removeFirst()
    try budget.share(of: "x").take(BodyBudget.each)
    try budget.share(of: "0").take(BodyBudget.each)
  }
}

/// Requests of HTTP/2 are counted before they cost anything.
@Suite struct HTTP2RequestCounterTests {
  private static func frame(_ type: UInt8, _ length: Int) -> [UInt8] {
    [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, 0, 0, 0, 0, 1]
      + [UInt8](repeating: 1, count: length)
  }
  private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

  @Test(arguments: [1, 2, 7, 9, 10, 24, 33, 100_000]) func headersFramesAreCountedHoweverTheyArrive(_ size: Int) {
    let frames = [frame(4, 0), frame(1, 0), frame(1, 70_000), frame(0, 300), frame(9, 20), frame(1, 5), frame(3, 4)]
    let bytes = Self.preface + frames.flatMap { $0 }
    var counter = HTTP2RequestCounter()
    var found = 0
    for start in stride(from: 0, to: bytes.count, by: size) {
      found += counter.count(bytes[start..<min(start + size, bytes.count)])
    }
    #expect(found == 3)
  }

  private func frame(_ type: UInt8, _ length: Int) -> [UInt8] { Self.frame(type, length) }
}
