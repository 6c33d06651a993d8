import Testing

@testable import MulticastDNS

@Suite struct AnsweringTests {
  static let instance = Bench.name("alice._r-cli._tcp.local")
  static let browse = Question(Bench.type, .ptr)
  static let ourPointer = Bench.pointer("alice")

  private func answers(_ sent: [(at: Milliseconds, message: Message, to: Endpoint?)]) -> [ResourceRecord] {
    sent.filter(\.message.isResponse).flatMap(\.message.answers)
  }

  @Test func aBrowserGetsAllItNeedsInOnePacket() throws {
    var bench = Bench.settled()
    bench.receive(Bench.query([Self.browse]))
    let sent = bench.run(for: 200)
    let response = try #require(sent.first)
    #expect(sent.count == 1 && response.to == nil)
    #expect((20...120).contains(response.at - 1_020_000))
    #expect(response.message.answers == [Self.ourPointer])
    #expect(Set(response.message.additionals.map(\.type)) == [.srv, .txt, .a, .nsec])
  }

  @Test func aRecordOfOursAloneIsAnsweredAtOnce() {
    var bench = Bench.settled()
    bench.receive(Bench.query([Question(Self.instance, .srv)]))
    #expect(bench.run(for: 0).count == 1)
  }

  @Test func everyNameWeHoldIsDeniedTheTypesItLacks() {
    var bench = Bench.settled()
    bench.receive(Bench.query([Question(Bench.name("rd-a.local"), .aaaa)]))
    #expect(answers(bench.run(for: 0)).map(\.data) == [.existing([.a])])
  }

  @Test func nothingIsSaidAboutNamesOfOthers() {
    var bench = Bench.settled()
    bench.receive(Bench.query([Question(Bench.name("rd-b.local"), .a), Question(Bench.name("_x._tcp.local"), .ptr)]))
    #expect(bench.run(for: 1000).isEmpty)
  }

  @Test func theServiceTypeIsListed() {
    var bench = Bench.settled()
    bench.receive(Bench.query([Question(.serviceTypes, .ptr)]))
    #expect(answers(bench.run(for: 200)).map(\.data) == [.pointer(Bench.type)])
  }

  @Test(arguments: [(4500, true), (2250, true), (2249, false), (0, false)] as [(UInt32, Bool)])
  func knownAnswersAreNotRepeatedWhileHalfTheirLifeIsLeft(ttl: UInt32, isSilent: Bool) {
    var bench = Bench.settled()
    bench.receive(Bench.query([Self.browse], known: [Bench.pointer("alice", ttl: ttl)]))
    #expect(bench.run(for: 300).isEmpty == isSilent)
  }

  @Test func knownAnswersMayFollowInTheNextPacket() {
    var bench = Bench.settled()
    bench.receive(Bench.query([Self.browse], truncated: true))
    #expect(bench.run(for: 300).isEmpty)
    bench.receive(Bench.query([], known: [Self.ourPointer]))
    #expect(bench.run(for: 1000).isEmpty)
  }

  @Test func knownAnswersSpeakForTheirSenderAlone() {
    var bench = Bench.settled()
    bench.receive(Bench.query([Self.browse], truncated: true), from: Bench.peer(9))
    bench.receive(Bench.query([], known: [Self.ourPointer]), from: Bench.peer(8))
    bench.receive(Bench.query([Self.browse], known: [Self.ourPointer]), from: Bench.peer(7))
    #expect(answers(bench.run(for: 1000)) == [Self.ourPointer])
    // Two askers, one of which knows.
    bench.receive(Bench.query([Self.browse], truncated: true), from: Bench.peer(9))
    bench.receive(Bench.query([Self.browse], truncated: true), from: Bench.peer(8))
    bench.receive(Bench.query([], known: [Self.ourPointer]), from: Bench.peer(8))
    #expect(answers(bench.run(for: 2000)) == [Self.ourPointer])
  }

  @Test func anAnswerThatAnotherGaveIsNotGivenAgain() {
    var bench = Bench.settled()
    bench.receive(Bench.query([Question(.serviceTypes, .ptr)]))
    bench.receive(Bench.response([ResourceRecord(.serviceTypes, .ptr, ttl: 4500, .pointer(Bench.type))]))
    #expect(bench.run(for: 1000).isEmpty)
  }

  @Test func aRecordIsMulticastOnceASecond() {
    var bench = Bench.settled()
    var sent: [Milliseconds] = []
    for _ in 0..<40 {
      bench.receive(Bench.query([Question(Self.instance, .srv)]))
      sent += bench.run(for: 100).map(\.at)
    }
    #expect((4...5).contains(sent.count))
    #expect(zip(sent, sent.dropFirst()).allSatisfy { $1 - $0 >= 1000 })
  }

  @Test func aProbeIsAnsweredWithinAQuarterOfASecond() {
    var bench = Bench.settled()
    bench.receive(Bench.query([Question(Self.instance, .srv)]))
    _ = bench.run(for: 10)
    var probe = Bench.query([Question(Self.instance, .any)])
    probe.authorities = [Bench.srv("alice")]
    bench.receive(probe)
    #expect(answers(bench.run(for: 250)).contains { $0.type == .srv })
  }

  @Test func aUnicastAnswerIsGivenWhereItIsWelcome() {
    var bench = Bench.settled()
    let question = Question(Bench.type, .ptr, unicast: true)
    bench.receive(Bench.query([question]))
    #expect(bench.run(for: 200).map(\.to) == [Bench.peer()])
    // Not multicast for a quarter of its life, so everyone gets it.
    _ = bench.run(for: 1_200_000)
    bench.receive(Bench.query([question]))
    #expect(bench.run(for: 200).map(\.to) == [nil])
  }

  @Test func aQuestionSentToUsAloneIsAnsweredAlone() {
    var bench = Bench.settled()
    bench.receive(Bench.query([Self.browse]), viaMulticast: false)
    #expect(bench.run(for: 200).map(\.to) == [Bench.peer()])
  }

  @Test func aPlainResolverGetsItsQuestionBack() throws {
    var bench = Bench.settled()
    var query = Bench.query([Self.browse])
    query.id = 0x4711
    bench.receive(query, from: Bench.peer(9, port: 40_000))
    let sent = bench.run(for: 0)
    let reply = try #require(sent.first)
    #expect(sent.count == 1 && reply.to == Bench.peer(9, port: 40_000))
    #expect(reply.message.id == 0x4711 && reply.message.questions == [Self.browse])
    #expect((reply.message.answers + reply.message.additionals).allSatisfy { $0.ttl <= 10 && !$0.cacheFlush })
  }

  @Test func nothingIsAnsweredBeforeTheNameIsOurs() {
    var bench = Bench(advertise: "alice")
    _ = bench.run(for: 300)
    bench.receive(Bench.query([Self.browse, Question(Self.instance, .any)]))
    #expect(answers(bench.run(for: 300)).isEmpty)
  }

  @Test(arguments: [576, 1280, 1500, 9000])
  func manyAnswersStayWithinTheMTU(mtu: Int) {
    var bench = Bench(mtu: mtu)
    for number in 0..<50 { try? bench.engine.advertise(VirtualLAN.advertisement("n\(number)", id: ""), now: bench.now) }
    _ = bench.run(for: 20_000)
    bench.receive(Bench.query([Self.browse]))
    let (transmissions, _) = drain(&bench, for: 200)
    #expect(transmissions.allSatisfy { $0.payload.count <= mtu - 28 })
    let pointers = transmissions.compactMap { try? Message(parsing: $0.payload) }.flatMap(\.answers)
    #expect(pointers.count == 50)
  }

  @Test func aRecordLargerThanThePacketGoesAlone() throws {
    var bench = Bench(mtu: 1500)
    let txt = try TXTRecord((0..<20).map { (key: "key\($0)", value: String(repeating: "x", count: 100)) })
    try bench.engine.advertise(
      Advertisement(instanceName: "big", type: "_r-cli._tcp", port: 1, txt: txt), now: bench.now)
    let sent = bench.run(for: 3000).filter(\.message.isResponse)
    #expect(sent.contains { $0.message.answers.contains { $0.data == .text(txt.wire) } })
  }

  private func drain(_ bench: inout Bench, for duration: Milliseconds) -> ([Transmission], Milliseconds) {
    let end = bench.now + duration
    var all: [Transmission] = []
    while let deadline = bench.engine.nextDeadline, deadline <= end {
      bench.now = max(bench.now, deadline)
      bench.engine.tick(now: bench.now)
      all += bench.engine.drain().transmissions
    }
    return (all, end)
  }

  @Test func changedTextIsAnnouncedWithoutProbing() throws {
    var bench = Bench.settled()
    try bench.engine.advertise(VirtualLAN.advertisement("alice", id: "new", port: 9), now: bench.now)
    let sent = bench.run(for: 500)
    #expect(sent.allSatisfy { $0.message.isResponse })
    #expect(answers(sent).contains { $0.type == .txt && $0.cacheFlush })
  }

  @Test func aGoodbyeForARecordOfOursIsUndone() {
    var bench = Bench.settled()
    bench.receive(Bench.response([Bench.pointer("alice", ttl: 0)]))
    #expect(answers(bench.run(for: 500)).contains(Self.ourPointer))
  }

  @Test func leavingTakesEverythingBack() {
    var bench = Bench.settled()
    bench.engine.shutDown(now: bench.now)
    let goodbye = bench.run(for: 0).flatMap(\.message.answers)
    #expect(Set(goodbye.map(\.type)) == [.a, .srv, .txt, .ptr])
    #expect(goodbye.allSatisfy { $0.ttl == 0 && $0.name != .serviceTypes })
    bench.receive(Bench.query([Self.browse]))
    #expect(bench.run(for: 500).isEmpty)
  }
}
