import Testing

@testable import MulticastDNS

@Suite struct LimitsTests {
  @Test func oneSourceCannotStarveAnother() {
    var limiter = SourceLimiter()
    var allowed = 0
    for index in 0..<10_000 where limiter.allows(Bench.address(1), now: Milliseconds(index / 10)) { allowed += 1 }
    #expect((2000...2500).contains(allowed))
    let others = [limiter.allows(Bench.address(2), now: 1000), limiter.allows(Bench.address(1), now: 2000)]
    #expect(others == [true, true])
  }

  @Test func countlessSourcesTakeBoundedMemory() {
    var limiter = SourceLimiter()
    for index in 0..<20_000 as Range<UInt32> {
      let bytes: [UInt8] = [10, UInt8(index >> 16), UInt8(index >> 8 & 255), UInt8(index & 255)]
      if let address = IPAddress(bytes: bytes) { _ = limiter.allows(address, now: 5) }
    }
    #expect(limiter.sourceCount <= Limits.sources)
  }

  @Test func packetsFromElsewhereAreIgnored() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 1000)
    guard let stranger = IPAddress(bytes: [192, 168, 7, 7]) else { return }
    bench.receive(Bench.response(Bench.service("evil")), from: Endpoint(address: stranger, port: multicastDNSPort))
    bench.receive(Bench.response(Bench.service("evil")), from: Bench.peer(9, port: 40_000))
    _ = bench.run(for: 1000)
    #expect(bench.engine.instances.isEmpty)
    #expect(bench.engine.statistics.offLink == 1)
    #expect(bench.engine.statistics.malformed == 1)
  }

  @Test func oneHostCannotFillTheCacheForOthers() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 1000)
    for number in 0..<3000 {
      bench.receive(Bench.response(Bench.service("spam-\(number)", host: "h\(number).local")), from: Bench.peer(66))
      bench.now += 20
    }
    bench.receive(Bench.response(Bench.service("bob")), from: Bench.peer(9))
    _ = bench.run(for: 500)
    #expect(bench.engine.instances.contains { $0.name == "bob" })
    #expect(bench.engine.statistics.cacheEntries <= Limits.cacheEntriesPerSource + 10)
    #expect(bench.engine.statistics.cacheRefusals > 0)
  }

  @Test func aFullCacheMakesRoomForNewHonestSources() {
    var cache = RecordCache()
    for source in 1...20 as ClosedRange<UInt8> {
      for number in 0..<1000 {
        let record = Bench.pointer("spam-\(source)-\(number)")
        _ = cache.store(CacheEntry(record, receivedAt: 0, source: Bench.address(source)), limit: .max)
        #expect(cache.count <= Limits.cacheEntries)
      }
    }
    let entry = CacheEntry(Bench.pointer("bob"), receivedAt: 0, source: Bench.address(200))
    let isStored = cache.store(entry, limit: .max)
    #expect(isStored)
  }

  @Test func aHostHasABoundedNumberOfAddresses() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 1000)
    bench.receive(Bench.response(Bench.service("bob")))
    let more = (10..<200).map { Bench.a("rd-b.local", $0) }
    bench.receive(Bench.response(more))
    _ = bench.run(for: 500)
    #expect(bench.engine.instances.first.map { $0.addresses.count <= Limits.addressesPerHost } == true)
  }

  @Test func ourOwnEchoIsIgnoredOnceAndATwinIsHeard() {
    var echoes = EchoFilter()
    echoes.remember([1, 2, 3], now: 0)
    var claims = [echoes.claims([1, 2, 3], now: 1), echoes.claims([1, 2, 3], now: 2)]
    echoes.remember([4], now: 0)
    claims.append(echoes.claims([4], now: 5000))
    #expect(claims == [true, false, false])
  }

  /// Mutated real packets into an engine: nothing traps, everything stays bounded, and it still works afterwards.
  @Test func mutatedPacketsDoNoHarm() {
    var lan = VirtualLAN(seed: 4)
    lan.records = true
    for number in 0..<4 { lan.add("peer \(number)") }
    lan.run(for: 5000)
    let seeds = lan.recorded.map(\.packet.payload)
    var bench = Bench.settled(browses: true)
    var random = SplitMix64(seed: 6)
    for round in 0..<6000 {
      bench.receive(
        Mutation.of(seeds, &random), from: Bench.peer(UInt8.random(in: 2...30, using: &random)),
        viaMulticast: Bool.random(using: &random))
      if round % 8 == 0 { _ = bench.run(for: 40) }
    }
    let statistics = bench.engine.statistics
    #expect(statistics.cacheEntries <= Limits.cacheEntries)
    #expect(statistics.malformed > 100)
    _ = bench.run(for: 30_000)
    bench.receive(Bench.response(Bench.service("late", host: "late.local", last: 77)), from: Bench.peer(77))
    _ = bench.run(for: 500)
    #expect(bench.engine.instances.contains { $0.name == "late" })
  }
}

/// Small damage of the kinds that parsers trip over.
enum Mutation {
  static func of(_ seeds: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = seeds.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 0...8, using: &random) where bytes.count > 14 {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeLast(Int.random(in: 1...8, using: &random))
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
      case 3: bytes[index] = 0xC0 | UInt8.random(in: 0...3, using: &random)
      case 4: bytes[Int.random(in: 0..<12, using: &random)] = UInt8.random(in: 0...255, using: &random)
      default: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
      }
    }
    return bytes
  }
}
