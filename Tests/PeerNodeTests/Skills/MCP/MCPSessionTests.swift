import PeerModel
import Testing

@testable import PeerNode

/// The protocol with a server, message by message.
@Suite struct MCPSessionTests {
  private typealias Bench = MCPSessionBench

  // MARK: Beginning

  @Test func theSessionBeginsWithHelloThenTheList() {
    var bench = Bench()
    #expect(bench.start() == ["send initialize 1"])
    #expect(bench.answer(1, Bench.hello) == ["send notifications/initialized", "send tools/list 2"])
    #expect(!bench.session.isReady)
    #expect(bench.answer(2, #"{"tools":[\#(Bench.tool("echo"))]}"#) == ["tools"])
    #expect(bench.session.isReady && bench.session.tools.map(\.serverName) == ["echo"])
    #expect(bench.session.serverName == "a 1" && bench.session.version == "2025-06-18")
    #expect(bench.session.nextDeadline == nil, "an idle session waits for nothing")
  }

  @Test(arguments: ["2025-06-18", "2025-03-26", "2024-11-05"]) func everyKnownRevisionIsTaken(_ version: String) {
    var bench = Bench()
    _ = bench.start()
    let hello = Bench.hello.replacing("2025-06-18", with: version)
    #expect(bench.answer(1, hello).first == "send notifications/initialized")
    #expect(bench.session.version == version)
  }

  @Test(
    arguments: [
      (#"{"protocolVersion":"2099-01-01"}"#, "speaks revision 2099-01-01 of the protocol, and this node"),
      (#"{"protocolVersion":20250618}"#, "speaks revision none of the protocol"), ("[]", "speaks revision none"),
    ])
  func anotherRevisionEndsTheSession(_ result: String, _ reason: String) {
    var bench = Bench()
    _ = bench.start()
    let actions = bench.answer(1, result)
    #expect(actions.count == 1 && actions[0].hasPrefix("close \(reason)"))
  }

  @Test func aRefusalEndsTheSessionWithItsSentence() {
    var bench = Bench()
    _ = bench.start()
    let error = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"too \u001b[1mold\nreally"}}"#
    #expect(bench.receive(error) == ["close refuses: too [1mold"])
  }

  @Test func aServerWithoutToolsIsReadyAndHasNone() {
    var bench = Bench()
    _ = bench.start()
    let actions = bench.answer(1, #"{"protocolVersion":"2025-06-18","capabilities":{"prompts":{}}}"#)
    #expect(actions == ["send notifications/initialized", "log offers no tools", "tools"])
    #expect(bench.session.isReady && bench.session.tools.isEmpty)
  }

  @Test func aServerThatSaysNothingIsGivenUp() {
    var bench = Bench(patience: 10)
    _ = bench.start()
    #expect(bench.wait(9.9) == [])
    #expect(bench.wait(0.1) == ["close did not answer within 10 s"])
    #expect(bench.answer(1, Bench.hello) == [], "nothing counts after the end")
    #expect(bench.session.nextDeadline == nil)
  }

  // MARK: Lists

  @Test func aListIsReadPageByPage() {
    var bench = Bench()
    _ = bench.start()
    _ = bench.answer(1, Bench.hello)
    #expect(
      bench.answer(2, #"{"tools":[\#(Bench.tool("a"))],"nextCursor":"p2"}"#) == ["send tools/list 3 at \"p2\""])
    #expect(bench.answer(3, #"{"tools":[\#(Bench.tool("b"))]}"#) == ["tools"])
    #expect(bench.session.tools.map(\.serverName) == ["a", "b"])
  }

  @Test func aListThatGoesInCirclesEnds() {
    var bench = Bench()
    _ = bench.start()
    _ = bench.answer(1, Bench.hello)
    _ = bench.answer(2, #"{"tools":[],"nextCursor":"p"}"#)
    #expect(bench.answer(3, #"{"tools":[],"nextCursor":"p"}"#) == ["close lists its tools without end"])
  }

  @Test func aListWithoutEndEnds() {
    var bench = Bench()
    _ = bench.start()
    _ = bench.answer(1, Bench.hello)
    var last: [String] = []
    for id in 2...65 { last = bench.answer(id, #"{"tools":[],"nextCursor":"p\#(id)"}"#) }
    #expect(last == ["close lists its tools without end"])
  }

  @Test func tooManyToolsAreCutAndNoFurtherPageIsRead() {
    var limits = MCPLimits()
    limits.tools = 2
    var bench = Bench(limits: limits)
    _ = bench.start()
    _ = bench.answer(1, Bench.hello)
    let three = ["a", "b", "c"].map(Bench.tool).joined(separator: ",")
    #expect(
      bench.answer(2, #"{"tools":[\#(three)],"nextCursor":"p"}"#) == [
        "log offers more than 2 tools; the others are left out", "tools",
      ])
    #expect(bench.session.tools.map(\.serverName) == ["a", "b"])
  }

  @Test func aChangedListIsReadAgainButNotAtOnce() {
    var bench = Bench.ready()
    #expect(bench.notify("tools/list_changed") == [])
    #expect(bench.session.nextDeadline == bench.moment(1))
    #expect(bench.wait(1) == ["send tools/list 3"])
    #expect(bench.session.isReady, "the old tools can be used in the meantime")
    #expect(bench.notify("tools/list_changed") == [], "a list is on its way already")
    #expect(bench.answer(3, #"{"tools":[\#(Bench.tool("other"))]}"#) == ["tools"])
    #expect(bench.wait(1) == ["send tools/list 4"])
  }

  @Test func aListThatCannotBeReadEndsTheSession() {
    var bench = Bench.ready()
    _ = bench.wait(1)
    #expect(bench.notify("tools/list_changed") == ["send tools/list 3"])
    #expect(bench.answer(3, #"{"tools":5}"#) == ["close does not list its tools as it should"])
  }

  // MARK: Calls

  @Test func aCallIsAnswered() {
    var bench = Bench.ready()
    #expect(bench.call(7) == ["send tools/call 3"])
    #expect(bench.answer(3, #"{"content":[]}"#) == [#"finish 7 {"content":[]}"#])
    #expect(bench.session.nextDeadline == nil)
  }

  @Test func callsAreAnsweredInAnyOrder() {
    var bench = Bench.ready()
    _ = bench.call(7)
    _ = bench.call(8)
    #expect(bench.answer(4, "{}") == ["finish 8 {}"])
    #expect(bench.answer(3, "{}") == ["finish 7 {}"])
  }

  @Test func anErrorIsTheCallsOwn() {
    var bench = Bench.ready()
    _ = bench.call(7)
    let actions = bench.session.receive(
      #"{"jsonrpc":"2.0","id":3,"error":{"code":-32602,"message":"Unknown tool: echo"}}"#.utf8, at: bench.moment(0))
    #expect(actions == [.finish(7, .failure(NodeError(.skillFailed, "Unknown tool: echo")))])
  }

  @Test func aCallBeforeTheToolsAreKnownIsRefused() {
    var bench = Bench()
    _ = bench.start()
    #expect(bench.call(1) == ["fail 1 skill_unavailable"])
  }

  @Test func tooManyCallsAtOnceAreRefused() {
    var limits = MCPLimits()
    limits.calls = 2
    var bench = Bench.ready(limits: limits)
    _ = bench.call(1)
    _ = bench.call(2)
    #expect(bench.call(3) == ["fail 3 busy"])
    _ = bench.answer(3, "{}")
    #expect(bench.call(4) == ["send tools/call 5"])
  }

  @Test func aCancelledCallIsTakenBackAndItsLateAnswerIsForgotten() {
    var bench = Bench.ready()
    _ = bench.call(7)
    #expect(bench.cancel(7) == ["send notifications/cancelled 3", "send ping 4"])
    #expect(bench.cancel(7) == [], "once is enough")
    #expect(bench.answer(3, "{}") == [])
    #expect(bench.answer(4, "{}") == [])
    #expect(bench.session.nextDeadline == nil)
  }

  @Test func aCallThatTakesTooLongIsTakenBack() {
    var bench = Bench.ready(patience: 10)
    _ = bench.call(7)
    #expect(bench.wait(10) == ["fail 7 timed_out", "send notifications/cancelled 3", "send ping 4"])
  }

  @Test func theCallersDeadlineCountsWhenItIsEarlier() {
    var bench = Bench.ready(patience: 10)
    _ = bench.call(7, within: 3)
    #expect(bench.wait(2.9) == [])
    #expect(bench.wait(0.1).first == "fail 7 timed_out")
  }

  @Test func aServerThatReportsProgressMayTakeAsLongAsTheCallerWaits() {
    var bench = Bench.ready(patience: 10)
    _ = bench.call(7, within: 25)
    for step in 1...2 {
      #expect(bench.wait(9) == [])
      #expect(
        bench.notify("progress", #"{"progressToken":3,"progress":\#(step),"total":4}"#) == ["progress 7 \(step) of 4"])
    }
    #expect(bench.wait(6.9) == [])
    #expect(bench.wait(0.2).first == "fail 7 timed_out")
  }

  @Test func progressIsThinnedOutAndMadeFitForPeople() {
    var bench = Bench.ready()
    _ = bench.call(7)
    #expect(
      bench.notify("progress", #"{"progressToken":3,"progress":0.5,"message":"half\nof \u001b[1mit"}"#)
        == ["progress 7 half of [1mit"])
    #expect(bench.notify("progress", #"{"progressToken":3,"progress":0.6}"#) == [])
    _ = bench.wait(0.1)
    #expect(bench.notify("progress", #"{"progressToken":3,"progress":0.7}"#) == ["progress 7 0.7"])
    #expect(bench.notify("progress", #"{"progressToken":99,"progress":1}"#) == [])
    #expect(bench.notify("progress", #"{"progressToken":"3","progress":1}"#) == [])
  }

  @Test func aServerThatAnswersNoPingAfterACallWasGivenUpIsEnded() {
    var bench = Bench.ready()
    _ = bench.call(7)
    _ = bench.call(8)
    _ = bench.cancel(7)
    #expect(bench.wait(29.9) == [])
    #expect(bench.wait(0.1) == ["fail 8 skill_failed", "close does not answer any more"])
  }

  @Test func aServerThatNeverEndsCancelledCallsIsEnded() {
    var limits = MCPLimits()
    limits.abandoned = 3
    var bench = Bench.ready(limits: limits)
    for call in 1...3 {
      _ = bench.call(call)
      #expect(bench.cancel(call).first?.hasPrefix("send notifications/cancelled") == true)
    }
    _ = bench.call(4)
    #expect(bench.cancel(4) == ["close does not end the calls that are cancelled"])
  }

  @Test func theEndFailsWhatRuns() {
    var bench = Bench.ready()
    _ = bench.call(7)
    _ = bench.call(8)
    #expect(MCPSessionBench.words(bench.session.end("has ended")) == ["fail 7 skill_failed", "fail 8 skill_failed"])
    #expect(bench.call(9) == ["fail 9 skill_unavailable"])
  }

  // MARK: What the server asks, and what it should not send

  @Test func aPingIsAnsweredAndNothingElseIs() {
    var bench = Bench.ready()
    #expect(bench.receive(#"{"jsonrpc":"2.0","id":"x","method":"ping"}"#) == [#"send result "x""#])
    for method in ["roots/list", "sampling/createMessage", "elicitation/create", "tools/list"] {
      #expect(bench.receive(#"{"jsonrpc":"2.0","id":5,"method":"\#(method)"}"#) == ["send error -32601 5"])
    }
  }

  @Test func answersThatNobodyWaitsForAreLoggedAndIgnored() {
    var bench = Bench.ready()
    #expect(bench.answer(2, "{}") == ["log sent a second answer"])
    #expect(bench.answer(900, "{}") == ["log sent an answer to a request that was not made"])
    #expect(bench.answer(-1, "{}") == ["log sent an answer to a request that was not made"])
    #expect(bench.receive("Listening on stdio") == ["log sent a line that is no JSON: unexpected character at byte 0"])
    #expect(bench.session.isReady)
  }

  @Test func aFloodEndsTheSession() {
    var limits = MCPLimits()
    limits.unsolicited = MCPAllowance(most: 100, perSecond: 10)
    var bench = Bench.ready(limits: limits)
    for _ in 0..<100 { #expect(bench.notify("resources/updated") == []) }
    #expect(bench.notify("resources/updated") == ["close sends too much that nobody asked for"])
    bench = Bench.ready(limits: limits)
    for _ in 0..<10 { #expect(bench.receive("junk").first?.hasPrefix("log") == true) }
    #expect(bench.receive("junk") == ["close sends too much that nobody asked for"])
  }

  @Test func whatComesSlowlyIsNoFlood() {
    var limits = MCPLimits()
    limits.unsolicited = MCPAllowance(most: 100, perSecond: 10)
    var bench = Bench.ready(limits: limits)
    for _ in 0..<1000 {
      _ = bench.wait(0.1)
      #expect(bench.notify("resources/updated") == [])
    }
  }

  @Test func aServersLogIsLogged() {
    var bench = Bench.ready()
    #expect(bench.notify("message", #"{"level":"error","data":{"a":1}}"#) == [#"log says: {"a":1}"#])
    #expect(bench.notify("message", #"{"level":"info"}"#) == [])
  }

  // MARK: Restarting

  @Test func pausesDoubleUpToFiveMinutesAndBeginAnewAfterAHealthyTime() {
    var schedule = MCPBackoff()
    let pauses = (0..<12).map { _ in schedule.pause(afterUsable: .zero) }
    #expect(pauses.map { $0 / .seconds(1) } == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
    #expect(schedule.pause(afterUsable: .seconds(59)) == .seconds(300))
    #expect(schedule.pause(afterUsable: .seconds(60)) == .milliseconds(500))
    #expect(schedule.pause(afterUsable: .zero) == .seconds(1))
  }
}
