import Testing

@testable import MulticastDNS

@Suite struct CachingTests {
  private func browser(knowing label: String? = "bob") -> Bench {
    var bench = Bench(browses: true)
    _ = bench.run(for: 20_000)
    if let label { bench.receive(Bench.response(Bench.service(label))) }
    _ = bench.run(for: 5000)
    return bench
  }

  @Test func aGoodbyeTakesEffectAfterASecondAndIsToldOnce() {
    var bench = browser()
    for record in Bench.service("bob") {
      bench.receive(Bench.response([record.with(ttl: 0)]))
      _ = bench.run(for: 5)
    }
    _ = bench.run(for: 900)
    #expect(bench.engine.instances.count == 1)
    _ = bench.run(for: 300)
    #expect(bench.events.suffix(1) == [.lost(name: "bob")])
    #expect(bench.events.count { if case .found = $0 { true } else { false } } == 1)
  }

  @Test func aGoodbyeTakenBackIsForgotten() {
    var bench = browser()
    bench.receive(Bench.response(Bench.service("bob").map { $0.with(ttl: 0) }))
    _ = bench.run(for: 500)
    bench.receive(Bench.response(Bench.service("bob")))
    _ = bench.run(for: 5000)
    #expect(!bench.events.contains(.lost(name: "bob")))
  }

  @Test func aChangedAddressDisplacesTheOldOneAfterASecond() {
    var bench = browser()
    bench.receive(Bench.response([Bench.a("rd-b.local", 77)]))
    _ = bench.run(for: 100)
    #expect(bench.engine.instances.first?.addresses.map(\.description) == ["10.0.0.9", "10.0.0.77"])
    _ = bench.run(for: 1000)
    #expect(bench.engine.instances.first?.addresses.map(\.description) == ["10.0.0.77"])
  }

  @Test func aSetInSeveralPacketsIsKeptWhole() {
    var bench = browser(knowing: nil)
    bench.receive(Bench.response(Bench.service("bob")))
    _ = bench.run(for: 300)
    bench.receive(Bench.response([Bench.a("rd-b.local", 77)]))
    _ = bench.run(for: 5000)
    #expect(bench.engine.instances.first?.addresses.count == 2)
  }

  @Test func whoStopsAnsweringIsLostWithItsServiceRecord() {
    var bench = browser()
    _ = bench.run(for: 110_000)
    #expect(bench.engine.instances.count == 1)
    _ = bench.run(for: 10_000)
    #expect(bench.events.last == .lost(name: "bob"))
  }

  @Test func aDoubtedInstanceThatIsSilentIsLostInTenSeconds() {
    var bench = browser()
    bench.engine.reconfirm("bob", now: bench.now)
    let asked = bench.run(for: 9000).filter { $0.message.questions.contains { $0.key.type == .srv } }
    #expect(asked.count >= 2)
    #expect(bench.engine.instances.count == 1)
    _ = bench.run(for: 1200)
    #expect(bench.events.last == .lost(name: "bob"))
  }

  @Test func aDoubtedInstanceThatAnswersStays() {
    var bench = browser()
    bench.engine.reconfirm("bob", now: bench.now)
    _ = bench.run(for: 2000)
    bench.receive(Bench.response([Bench.srv("bob"), Bench.a("rd-b.local", 9)]))
    _ = bench.run(for: 60_000)
    #expect(!bench.events.contains(.lost(name: "bob")))
  }

  @Test func changesThatComeTogetherAreToldTogether() {
    var bench = browser(knowing: nil)
    for record in Bench.service("bob") { bench.receive(Bench.response([record])) }
    bench.receive(Bench.response([Bench.a("rd-b.local", 9)]))
    _ = bench.run(for: 200)
    #expect(bench.events.count { if case .found = $0 { true } else { false } } == 1)
  }

  @Test func nothingIsToldWhenNothingChanged() {
    var bench = browser()
    let before = bench.events
    for _ in 0..<10 {
      bench.receive(Bench.response(Bench.service("bob")))
      _ = bench.run(for: 3000)
    }
    #expect(bench.events == before)
  }

  @Test func addressesThatLeadNowhereAreLeftOut() {
    var bench = browser()
    for bytes in [[127, 0, 0, 1], [0, 0, 0, 0], [224, 0, 0, 251], [255, 255, 255, 255]] as [[UInt8]] {
      guard let address = IPAddress(bytes: bytes) else { continue }
      bench.receive(Bench.response([ResourceRecord(Bench.name("rd-b.local"), .a, ttl: 120, .address(address))]))
    }
    _ = bench.run(for: 200)
    #expect(bench.engine.instances.first?.addresses.map(\.description) == ["10.0.0.9"])
  }

  @Test func nearAddressesComeFirst() {
    var bench = browser()
    let more: [[UInt8]] = [
      [172, 17, 0, 1], [0xFE, 0x80] + [UInt8](repeating: 0, count: 13) + [1],
      [0x20, 0x01] + [UInt8](repeating: 0, count: 13) + [1],
    ]
    for bytes in more {
      guard let address = IPAddress(bytes: bytes) else { continue }
      let type: RecordType = address.isIPv4 ? .a : .aaaa
      bench.receive(Bench.response([ResourceRecord(Bench.name("rd-b.local"), type, ttl: 120, .address(address))]))
    }
    _ = bench.run(for: 200)
    let addresses = bench.engine.instances.first?.addresses ?? []
    #expect(addresses.map(\.bytes.first) == [10, 0xFE, 172, 0x20])
    #expect(addresses.map(\.scope) == [0, 2, 0, 0])
  }

  @Test func aLinkThatIsGoneTakesItsKnowledgeAlong() {
    var bench = browser()
    bench.engine.setLinks([], now: bench.now)
    _ = bench.run(for: 100)
    #expect(bench.events.suffix(2) == [.interfacesChanged([]), .lost(name: "bob")])
    bench.engine.setLinks([bench.link], now: bench.now)
    #expect(!bench.run(for: 300).isEmpty)
  }
}
