import Testing

@testable import MulticastDNS

@Suite struct ProbingTests {
  @Test func aNameIsProbedForThreeTimesAndAnnouncedThreeTimes() {
    var bench = Bench(advertise: "alice")
    let sent = bench.run(for: 6000).filter { packet in
      packet.message.questions.contains { $0.key.name == Bench.name("alice._r-cli._tcp.local") }
        || packet.message.answers.contains { $0.type == .srv }
    }
    let probes = sent.filter { !$0.message.isResponse }.map(\.at)
    let announcements = sent.filter(\.message.isResponse).map(\.at)
    #expect(probes.count == 3)
    #expect(zip(probes, probes.dropFirst()).allSatisfy { $1 - $0 == 250 })
    #expect(probes[0] - 1_000_000 <= 250)
    #expect(announcements.map { $0 - probes[2] } == [250, 1250, 3250])
    #expect(bench.events.contains(.advertised(name: "alice")))
  }

  @Test func probesCarryTheRecordsToCome() throws {
    var bench = Bench(advertise: "alice")
    let probe = try #require(bench.run(for: 400).first { $0.message.questions.contains { $0.key.type == .any } })
    let proposed = Set(probe.message.authorities.map(\.name))
    #expect(probe.message.authorities.allSatisfy { !$0.cacheFlush })
    #expect(probe.message.questions.allSatisfy { proposed.contains($0.key.name) })
  }

  @Test func manyProbesShareAPacketWithinTheMTU() {
    var bench = Bench()
    for number in 0..<50 { try? bench.engine.advertise(VirtualLAN.advertisement("n\(number)", id: ""), now: bench.now) }
    let sent = bench.run(for: 300)
    #expect(sent.contains { $0.message.questions.count > 3 })
    #expect(sent.allSatisfy { $0.message.encoded().count <= 1472 })
  }

  @Test func aHeldNameIsLeftToItsHolder() {
    var bench = Bench(advertise: "alice")
    _ = bench.run(for: 300)
    bench.receive(Bench.response([Bench.srv("alice", host: "other.local")]))
    _ = bench.run(for: 3000)
    #expect(bench.events.contains(.renamed(from: "alice", to: "alice (2)")))
    #expect(bench.events.last == .advertised(name: "alice (2)"))
  }

  @Test func aHeldHostNameIsLeftToItsHolder() {
    var bench = Bench(advertise: "alice", host: "same")
    _ = bench.run(for: 300)
    bench.receive(Bench.response([Bench.a("same.local", 77)]))
    let sent = bench.run(for: 6000)
    #expect(bench.engine.statistics.hostName == "same-2.local")
    let services = sent.filter(\.message.isResponse).flatMap(\.message.answers).filter { $0.type == .srv }
    #expect(services.last?.data == .service(priority: 0, weight: 0, port: 7000, target: Bench.name("same-2.local")))
    #expect(!bench.events.contains { if case .renamed = $0 { true } else { false } })
  }

  @Test func aConflictAfterwardsIsProvedAgainBeforeGivingWay() {
    var bench = Bench.settled()
    bench.receive(Bench.response([Bench.srv("alice", host: "other.local")]))
    let sent = bench.run(for: 2000)
    #expect(sent.contains { !$0.message.isResponse && !$0.message.authorities.isEmpty })
    #expect(bench.engine.profile.services.values.map(\.label) == ["alice"])
  }

  @Test func theSameRecordFromElsewhereIsNoConflict() throws {
    var bench = Bench(advertise: "alice")
    let probe = try #require(bench.run(for: 300).first { $0.message.authorities.contains { $0.type == .srv } })
    bench.receive(Bench.response(probe.message.authorities))
    _ = bench.run(for: 3000)
    #expect(bench.events.contains(.advertised(name: "alice")))
    #expect(bench.engine.profile.hostName == Bench.name("rd-a.local"))
  }

  @Test func aFloodOfConflictsSlowsUsDown() {
    var bench = Bench(advertise: "alice")
    var renames = 0
    for _ in 0..<600 {
      _ = bench.run(for: 50)
      for service in bench.engine.profile.services.values {
        bench.receive(
          Bench.response([
            ResourceRecord(service.instance, .txt, ttl: 9, cacheFlush: true, .text([1, 0x78]))
          ]))
      }
      renames = bench.engine.profile.services.values.first?.number ?? 0
    }
    let count = bench.events.filter { if case .renamed = $0 { true } else { false } }.count
    // Thirty seconds: fifteen quickly, then one in five seconds.
    #expect(count <= 15 + 6)
    #expect(renames > 15)
  }

  static let order: [(String, [ResourceRecord], [ResourceRecord], Bool)] = [
    ("a lower address loses", [Bench.a("h.local", 1)], [Bench.a("h.local", 2)], true),
    ("a higher address wins", [Bench.a("h.local", 200)], [Bench.a("h.local", 99)], false),
    ("equal records are no contest", [Bench.a("h.local", 1)], [Bench.a("h.local", 1)], false),
    ("fewer records lose", [Bench.a("h.local", 1)], [Bench.a("h.local", 1), Bench.a("h.local", 2)], true),
    ("arrival does not matter", [Bench.a("h.local", 2), Bench.a("h.local", 1)], [Bench.a("h.local", 1)], false),
    ("a lower type loses", [Bench.text("x")], [Bench.srv("x")], true),
    ("bytes count as unsigned", [Bench.text("x", [1, 0x7F])], [Bench.text("x", [1, 0x80])], true),
  ]

  @Test(arguments: order)
  func simultaneousProbesAreDecidedByTheData(
    what: String, ours: [ResourceRecord], theirs: [ResourceRecord], weLose: Bool
  ) {
    #expect(LinkEngine.sortsBefore(ours, theirs) == weLose)
  }

  @Test func whoLosesTheContestWaitsASecond() {
    var bench = Bench(host: "same")
    _ = bench.run(for: 300)
    var probe = Bench.query([Question(Bench.name("same.local"), .any)])
    probe.authorities = [Bench.a("same.local", 250)]
    bench.receive(probe)
    let sent = bench.run(for: 3000).filter { !$0.message.authorities.isEmpty }
    #expect(sent.first.map { $0.at >= 1_001_300 } == true)
  }

  @Test func theHolderNeverRenamesAndTheNewcomerDoes() {
    for seed in 1...10 as ClosedRange<UInt64> {
      var lan = VirtualLAN(seed: seed)
      let holder = lan.add("same", host: "host")
      lan.run(for: 5000)
      let newcomer = lan.add("same", host: "host")
      let watcher = lan.add(nil)
      lan.run(for: 8000)
      #expect(!lan.events(of: holder).contains { if case .renamed = $0 { true } else { false } })
      #expect(lan.events(of: newcomer).contains(.renamed(from: "same", to: "same (2)")))
      let found = lan.hosts[watcher].engine.instances
      #expect(found.map(\.name) == ["same", "same (2)"])
      #expect(found.map { $0.txt.string("id") } == ["0", "1"])
      #expect(found.map(\.host) == ["host.local", "host-2.local"])
    }
  }

  @Test func twentyHostsWithOneNamePart() {
    var lan = VirtualLAN(seed: 5)
    for _ in 0..<20 { lan.add("same", host: "same") }
    lan.run(for: 60_000) { $0.everyoneSeesEveryone() }
    let isDone = lan.everyoneSeesEveryone()
    #expect(isDone)
    #expect(Set(lan.hosts.map(\.engine.profile.hostName)).count == 20)
  }

  @Test func twoCardsInOneNetworkAreNoConflict() {
    var lan = VirtualLAN(seed: 9)
    let cards = [
      VirtualLAN.Card(link: VirtualLAN.link(40, interface: 2, name: "eth0"), segment: 0),
      VirtualLAN.Card(link: VirtualLAN.link(41, interface: 3, name: "wlan0"), segment: 0),
    ]
    let host = lan.add("both", cards: cards)
    let peer = lan.add("peer")
    lan.run(for: 10_000)
    #expect(lan.events(of: host).contains(.advertised(name: "both")))
    #expect(!lan.events(of: host).contains { if case .renamed = $0 { true } else { false } })
    #expect(lan.known(to: host) == ["peer"])
    #expect(lan.hosts[host].engine.instances.first?.interfaces == ["eth0", "wlan0"])
    #expect(lan.hosts[peer].engine.instances.first?.addresses.count == 2)
    #expect(lan.hosts[host].engine.profile.hostName == Bench.name("rd-0.local"))
  }
}
