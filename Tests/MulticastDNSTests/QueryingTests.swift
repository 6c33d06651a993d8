import Testing

@testable import MulticastDNS

@Suite struct QueryingTests {
  private func questions(
    _ sent: [(at: Milliseconds, message: Message, to: Endpoint?)], _ type: RecordType
  ) -> [(at: Milliseconds, message: Message)] {
    sent.filter { !$0.message.isResponse && $0.message.questions.contains { $0.key.type == type } }
      .map { ($0.at, $0.message) }
  }

  @Test func questionsGrowRarerUpToOneAnHour() {
    var bench = Bench(browses: true)
    let times = questions(bench.run(for: 86_400_000), .ptr).map(\.at)
    #expect(times[0] - 1_000_000 <= 240)
    let gaps = zip(times, times.dropFirst()).map { ($1 - $0) / 1000 }
    #expect(Array(gaps.prefix(6)) == [1, 2, 4, 8, 16, 32])
    #expect(gaps.allSatisfy { $0 <= 3601 })
    #expect(gaps.suffix(10).allSatisfy { $0 == 3600 })
  }

  @Test func questionsWantMulticastAnswers() {
    var bench = Bench(browses: true)
    #expect(bench.run(for: 10_000).allSatisfy { $0.message.questions.allSatisfy { !$0.unicast } })
  }

  @Test func theFirstQuestionOfAScanHasNoKnownAnswersAndIsRepeated() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 60_000)
    bench.receive(Bench.response(Bench.service("bob")))
    _ = bench.run(for: 1000)
    let start = bench.now
    bench.engine.scan(now: start)
    let asked = questions(bench.run(for: 5000), .ptr)
    #expect(asked.count == 3)
    #expect((20...120).contains(asked[0].at - start))
    #expect(asked.map(\.message.answers.count) == [0, 1, 1])
  }

  @Test func scansInARowAskOnceASecond() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 60_000)
    var asked = 0
    for _ in 0..<100 {
      bench.engine.scan(now: bench.now)
      asked += questions(bench.run(for: 50), .ptr).count
    }
    #expect(asked <= 6)
  }

  @Test func knownAnswersThatDoNotFitFollowInMorePackets() {
    var bench = Bench(browses: true)
    for number in 0..<200 {
      bench.receive(
        Bench.response(Bench.service("instance number \(number)", host: "h\(number).local", ttl: 4500)),
        from: Bench.peer(UInt8(number)))
    }
    _ = bench.run(for: 100_000)
    let asked = bench.run(for: 60_000).filter { !$0.message.isResponse && !$0.message.answers.isEmpty }
    #expect(asked.count > 1)
    #expect(asked.dropLast().allSatisfy { $0.message.isTruncated })
    #expect(asked.last?.message.isTruncated == false)
    #expect(asked.map(\.message.answers.count).reduce(0, +) == 200)
  }

  @Test func aQuestionThatAnotherJustAskedIsLeftOutOnce() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 1200)
    // The next question is due a second or two from now; others ask all the time.
    var asked = 0
    for _ in 0..<120 {
      bench.receive(Bench.query([Question(Bench.type, .ptr)]))
      asked += questions(bench.run(for: 100), .ptr).count
    }
    #expect(bench.engine.statistics.suppressedQuestions >= 1)
    #expect(asked >= 1)
  }

  @Test func aQuestionWithAnswersThatWeLackDoesNotServeUs() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 1200)
    for _ in 0..<50 {
      bench.receive(Bench.query([Question(Bench.type, .ptr)], known: [Bench.pointer("unheard-of")]))
      _ = bench.run(for: 100)
    }
    #expect(bench.engine.statistics.suppressedQuestions == 0)
  }

  @Test func whatAnInstanceLacksIsAskedFor() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 30_000)
    bench.receive(Bench.response([Bench.pointer("bob")]))
    #expect(!questions(bench.run(for: 100), .srv).isEmpty)
    bench.receive(Bench.response([Bench.srv("bob"), Bench.text("bob")]))
    #expect(!questions(bench.run(for: 100), .a).isEmpty)
    bench.receive(Bench.response([Bench.a("rd-b.local", 9)]))
    _ = bench.run(for: 100)
    #expect(bench.engine.instances.map(\.name) == ["bob"])
    #expect(bench.engine.instances.first?.txt.string("A") == "b")
  }

  @Test func lookUpsEndAfterFourTries() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 30_000)
    bench.receive(Bench.response([Bench.pointer("ghost")]))
    #expect(questions(bench.run(for: 600_000), .srv).count == 4)
  }

  @Test func whatItsOwnerDeniesIsNotAskedFor() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 30_000)
    let denial = ResourceRecord(Bench.name("rd-b.local"), .nsec, ttl: 120, cacheFlush: true, .existing([.a]))
    bench.receive(Bench.response([Bench.pointer("bob"), Bench.srv("bob"), Bench.text("bob"), denial]))
    let sent = bench.run(for: 10_000)
    #expect(questions(sent, .aaaa).isEmpty)
    #expect(!questions(sent, .a).isEmpty)
  }

  @Test func recordsAreAskedForAgainLateInTheirLife() {
    var bench = Bench(browses: true)
    _ = bench.run(for: 30_000)
    bench.receive(Bench.response(Bench.service("bob")))
    let heard = bench.now
    let asked = questions(bench.run(for: 119_000), .srv).map { $0.at - heard }
    #expect(asked.count == 4)
    for (time, percent) in zip(asked, [80, 85, 90, 95] as [Milliseconds]) {
      #expect((120 * percent * 10...120 * (percent + 2) * 10).contains(time))
    }
  }

  @Test func nothingIsAskedAboutTypesThatNobodyBrowses() {
    var bench = Bench.settled()
    bench.receive(Bench.response(Bench.service("bob")))
    #expect(bench.run(for: 200_000).isEmpty)
    #expect(bench.engine.statistics.cacheEntries == 0)
  }
}
