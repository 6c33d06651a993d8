import Testing

@testable import MulticastDNS

@Suite struct VirtualLANTests {
  /// Apart, so that a failure does not print the whole world.
  private func expectCompleteness(of lan: VirtualLAN, _ location: SourceLocation = #_sourceLocation) {
    let isComplete = lan.everyoneSeesEveryone()
    #expect(isComplete, sourceLocation: location)
  }

  @Test(arguments: [(0.0, 1500), (0.1, 8000), (0.3, 32_000)] as [(Double, Milliseconds)])
  func everyoneIsFoundWhateverIsLost(loss: Double, within: Milliseconds) {
    for seed in 1...3 as ClosedRange<UInt64> {
      var lan = VirtualLAN(seed: seed)
      // Two address families are two chances.
      func cards(_ number: Int) -> [VirtualLAN.Card] {
        [false, true].map { VirtualLAN.Card(link: VirtualLAN.dualLink(number, isIPv6: $0), segment: 0) }
      }
      for number in 0..<10 { lan.add("peer \(number)", browses: false, cards: cards(number)) }
      lan.run(for: 5000)
      lan.loss = loss
      let browser = lan.add(nil, cards: cards(10))
      lan.run(for: within) { $0.known(to: browser).count == 10 }
      #expect(lan.known(to: browser).count == 10, "loss \(loss), seed \(seed)")
    }
  }

  @Test func fiftyHostsThatStartTogetherAllSeeEachOther() {
    var lan = VirtualLAN(seed: 2)
    for number in 0..<50 { lan.add("peer \(number)") }
    let start = lan.now
    lan.run(for: 8000) { $0.everyoneSeesEveryone() }
    expectCompleteness(of: lan)
    #expect(lan.now - start <= 8000)
  }

  @Test func aDayPassesQuietlyAndNobodyIsLost() {
    var lan = VirtualLAN(seed: 3)
    for number in 0..<4 { lan.add("peer \(number)") }
    lan.run(for: 60_000)
    for number in lan.hosts.indices { lan.hosts[number].events = [] }
    let before = lan.packets
    lan.run(for: 86_400_000)
    expectCompleteness(of: lan)
    #expect(lan.hosts.flatMap(\.events).isEmpty)
    // About one question and one answer per host every 100 seconds.
    #expect((lan.packets - before) / 24 <= 4 * 36 * 3)
  }

  @Test func whoDiesIsForgottenByAllAndWhoLeavesAtOnce() {
    var lan = VirtualLAN(seed: 4)
    for number in 0..<5 { lan.add("peer \(number)") }
    lan.run(for: 10_000)
    lan.hosts[0].isRunning = false
    lan.run(for: 130_000)
    expectCompleteness(of: lan)
    lan.with(1) { $0.shutDown(now: $1) }
    lan.hosts[1].isRunning = false
    lan.run(for: 1500)
    expectCompleteness(of: lan)
  }

  @Test func whoReturnsWithAnotherTextIsSeenAnew() {
    var lan = VirtualLAN(seed: 8)
    lan.add("peer", host: "rd-x", cards: [VirtualLAN.Card(link: VirtualLAN.link(30), segment: 0)])
    let watcher = lan.add(nil)
    lan.run(for: 10_000)
    lan.hosts[0].isRunning = false
    lan.run(for: 3000)
    lan.add("peer", host: "rd-x", cards: [VirtualLAN.Card(link: VirtualLAN.link(30), segment: 0)])
    lan.run(for: 5000)
    #expect(lan.hosts[watcher].engine.instances.map { $0.txt.string("id") } == ["2"])
  }

  @Test func lossWithoutEndNeitherLosesNorInventsAnyoneForLong() {
    var lan = VirtualLAN(seed: 5)
    for number in 0..<8 { lan.add("peer \(number)") }
    lan.run(for: 20_000)
    lan.loss = 0.1
    lan.run(for: 3_600_000)
    lan.hosts[0].isRunning = false
    lan.run(for: 150_000)
    expectCompleteness(of: lan)
  }

  @Test func reorderedAndDuplicatedPacketsDoNotMatter() {
    var lan = VirtualLAN(seed: 6)
    lan.delay = 1...400
    lan.duplication = 0.5
    for number in 0..<8 { lan.add("peer \(number)") }
    lan.run(for: 20_000)
    expectCompleteness(of: lan)
    let renames = lan.hosts.flatMap(\.events).filter { if case .renamed = $0.event { true } else { false } }
    #expect(renames.isEmpty)
  }

  @Test func aClockThatRunsBackwardsStopsNothing() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 5000)
    bench.engine.tick(now: 3)
    bench.receive(Bench.response(Bench.service("bob")))
    _ = bench.run(for: 1000)
    #expect(bench.engine.instances.map(\.name) == ["bob"])
  }

  @Test func afterASleepNamesAreProvedAndQuestionsAskedAnew() {
    var bench = Bench.settled(browses: true)
    bench.receive(Bench.response(Bench.service("bob")))
    _ = bench.run(for: 1000)
    bench.now += 3_600_000
    let sent = bench.run(for: 3000)
    #expect(sent.contains { !$0.message.authorities.isEmpty })
    #expect(sent.contains { $0.message.questions.contains(Question(Bench.type, .ptr)) })
    #expect(bench.events.contains(.lost(name: "bob")))
  }

  @Test func twoNetworksAreKeptApart() {
    var lan = VirtualLAN(seed: 7)
    let both = lan.add(
      "router",
      cards: [
        VirtualLAN.Card(link: VirtualLAN.link(60, interface: 2, name: "eth0"), segment: 0),
        VirtualLAN.Card(link: VirtualLAN.link(61, interface: 3, name: "eth1"), segment: 1),
      ])
    let left = lan.add("left", cards: [VirtualLAN.Card(link: VirtualLAN.link(62), segment: 0)])
    let right = lan.add("right", cards: [VirtualLAN.Card(link: VirtualLAN.link(63), segment: 1)])
    lan.run(for: 5000)
    #expect(lan.known(to: both) == ["left", "right"])
    #expect(lan.known(to: left) == ["router"])
    #expect(lan.known(to: right) == ["router"])
    #expect(lan.hosts[left].engine.instances.first?.addresses.count == 1)
  }

  @Test func oneSeedGivesOneHistory() {
    func history() -> [Milliseconds] {
      var lan = VirtualLAN(seed: 11)
      lan.loss = 0.2
      for number in 0..<4 { lan.add("peer \(number)") }
      lan.run(for: 20_000)
      return lan.hosts.flatMap { $0.events.map(\.at) }
    }
    #expect(history() == history())
  }
}
