import PeerModel
import Synchronization
import Testing

@testable import PeerNode

/// A skill whose tool does what a closure says.
private struct ClosureSkill: Skill {
  var name = "probe"
  var body: @Sendable (SkillArguments) async throws -> SkillOutput

  func description() async -> SkillDescription {
    SkillDescription(
      name: name, summary: "A probe.",
      tools: [
        ToolDescription(
          name: "run", summary: "Runs.", arguments: .object(["count": .integer("N.", minimum: 1), "file": .file("F.")]))
      ])
  }
  func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput { try await body(arguments) }
}

private struct Secret: Error, CustomStringConvertible {
  var description: String { "/etc/shadow" }
}

@Suite struct SkillLibraryTests {
  private func echo(_ name: String = "probe") -> ClosureSkill {
    ClosureSkill(name: name) { SkillOutput(value: .object($0.values)) }
  }

  @Test func descriptionsAreSorted() async throws {
    try await SkillBench.run { bench in
      let names = await bench.library(echo("pear"), echo("apple"), TextSkill()).descriptions().map(\.name)
      #expect(names == ["apple", "pear", "text"])
    }
  }

  @Test func argumentsAreCoercedAndChecked() async throws {
    try await SkillBench.run { bench in
      let three = try await bench.call(echo(), "run", ["count": "3"]).value
      #expect(three == ["count": 3])
      let tooSmall = await nodeError { try await bench.call(echo(), "run", ["count": "0"]) }
      #expect(tooSmall?.message == "/count: must be at least 1")
      let unknown = await nodeError { try await bench.call(echo(), "run", ["cout": 1]) }
      #expect(unknown?.message == "/cout: unknown argument, did you mean count?")
      let text = await nodeError { try await bench.call(echo(), "run", ["count": "three"]) }
      #expect(text?.message == "/count: expected integer, got string")
      let list = await nodeError {
        try await bench.library(echo()).call(skill: "probe", tool: "run", arguments: [1], timeout: .seconds(1))
      }
      #expect(list?.code == .invalidArguments)
    }
  }

  @Test func unknownNamesGetAHint() async throws {
    try await SkillBench.run { bench in
      let library = bench.library(TextSkill(), try shipped("pdf"))
      let skill = await nodeError {
        try await library.call(skill: "pdff", tool: "info", arguments: [:], timeout: .seconds(1))
      }
      #expect(skill == NodeError(.skillNotFound, "there is no skill named pdff", hint: "did you mean pdf?"))
      let tool = await nodeError {
        try await library.call(skill: "text", tool: "wordcount", arguments: [:], timeout: .seconds(1))
      }
      #expect(tool?.code == .skillNotFound && tool?.hint == "did you mean word_count?")
      let far = await nodeError {
        try await library.call(skill: "text", tool: "x", arguments: [:], timeout: .seconds(1))
      }
      #expect(far?.hint == "it has head, search, word_count")
    }
  }

  @Test func hiddenSkillLooksLikeNone() async throws {
    try await SkillBench.run { bench in
      let with = bench.library(TextSkill(), try shipped("pdf"))
      let without = bench.library(try shipped("pdf"))
      for name in ["text", "texd"] {
        let hidden = await nodeError {
          try await with.call(
            skill: name, tool: "head", arguments: [:], timeout: .seconds(1), allowing: { $0 != "text" })
        }
        let absent = await nodeError {
          try await without.call(skill: name, tool: "head", arguments: [:], timeout: .seconds(1))
        }
        #expect(hidden == absent && hidden?.code == .skillNotFound)
      }
    }
  }

  @Test func unexpectedErrorsLeakNothing() async throws {
    try await SkillBench.run { bench in
      let reported = Recorder<String>()
      let library = SkillLibrary(
        skills: [ClosureSkill { _ in throw Secret() }], workspace: bench.workspace,
        report: { error, skill, tool in reported.add("\(skill).\(tool) \(error)") })
      let error = await nodeError {
        try await library.call(skill: "probe", tool: "run", arguments: [:], timeout: .seconds(1))
      }
      #expect(error?.code == .skillFailed)
      #expect(error?.message.contains("/") == false)
      #expect(reported.all == ["probe.run /etc/shadow"])
    }
  }

  @Test func slowCallTimesOut() async throws {
    try await SkillBench.run { bench in
      let skill = ClosureSkill { _ in
        try await Task.sleep(for: .seconds(600))
        return SkillOutput(value: .null)
      }
      let error = await nodeError { try await bench.call(skill, "run", timeout: .milliseconds(30)) }
      #expect(error == NodeError(.timedOut, "probe.run did not end within 30 ms"))
    }
  }

  @Test func cancelledCallIsCancelled() async throws {
    try await SkillBench.run { bench in
      let skill = ClosureSkill { _ in
        try await Task.sleep(for: .seconds(600))
        return SkillOutput(value: .null)
      }
      let task = Task { try await bench.call(skill, "run") }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func outputsAreBounded() async throws {
    try await SkillBench.run { bench in
      let large = ClosureSkill { _ in SkillOutput(value: .string(String(repeating: "x", count: 100))) }
      let value = await nodeError { try await bench.call(large, "run", limits: SkillLimits(resultBytes: 101)) }
      #expect(value?.code == .tooLarge)
      let file = try bench.file("0123456789".utf8)
      let files = ClosureSkill { _ in SkillOutput(value: .null, files: [file, file]) }
      let sum = await nodeError { try await bench.call(files, "run", limits: SkillLimits(outputBytes: 19)) }
      #expect(sum?.code == .tooLarge)
    }
  }

  @Test func onlySoManyCallsRunAndWait() async throws {
    try await SkillBench.run { bench in
      let running = Recorder<Int>()
      let gate = AsyncStream<Void>.makeStream()
      let skill = ClosureSkill { _ in
        running.add(1)
        for await _ in gate.stream { break }
        running.add(-1)
        return SkillOutput(value: .null)
      }
      let library = bench.library(skill, limits: SkillLimits(concurrentCalls: 2, waitingCalls: 3))
      let outcomes = try await withThrowingTaskGroup(of: ErrorCode?.self) { group in
        for _ in 0..<8 {
          group.addTask {
            await nodeError {
              try await library.call(skill: "probe", tool: "run", arguments: [:], timeout: .seconds(60))
            }?.code
          }
        }
        // Three of eight find neither a place nor a seat; the others go on when the gate opens.
        var codes: [ErrorCode?] = []
        for _ in 0..<3 { codes.append(try await group.next() ?? nil) }
        gate.continuation.finish()
        for try await code in group { codes.append(code) }
        return codes
      }
      #expect(outcomes == [.busy, .busy, .busy, nil, nil, nil, nil, nil])
      var sum = 0
      #expect(
        running.all.map { change in
          sum += change; return sum
        }.max() == 2)
    }
  }
}

@Suite struct CallLimiterTests {
  @Test func waitersComeInTheirOrder() async throws {
    let limiter = CallLimiter(running: 1, waiting: 10)
    let order = Recorder<Int>()
    try await withThrowingTaskGroup(of: Void.self) { group in
      try await limiter.run(for: .owner) {
        for number in 0..<5 {
          group.addTask { try await limiter.run(for: .owner) { order.add(number) } }
          while limiter.waitingCount < number + 1 { await Task.yield() }
        }
      }
      try await group.waitForAll()
    }
    #expect(order.all == [0, 1, 2, 3, 4])
  }

  @Test func cancelledWaiterLeavesTheQueue() async throws {
    let limiter = CallLimiter(running: 1, waiting: 1)
    try await limiter.run(for: .owner) {
      let waiter = Task { try await limiter.run(for: .owner) {} }
      while limiter.waitingCount < 1 { await Task.yield() }
      waiter.cancel()
      await #expect(throws: CancellationError.self) { try await waiter.value }
      #expect(limiter.waitingCount == 0)
    }
    try await limiter.run(for: .owner) {}
  }

  @Test func failureFreesThePlace() async throws {
    let limiter = CallLimiter(running: 1, waiting: 0)
    for _ in 0..<3 {
      await #expect(throws: NodeError.self) { try await limiter.run(for: .owner) { throw NodeError.internal } }
    }
    let busy = try await limiter.run(for: .owner) { await nodeError { try await limiter.run(for: .owner) {} } }
    #expect(busy?.code == .busy && busy?.retryAfter == 2)
  }

  private static let peers = (0..<3).map { _ in CallShare.peer(HandshakeBench.identity().id) }

  /// Starts a call that ends when `gate` is opened.
  private static func hold(_ limiter: CallLimiter, _ share: CallShare, _ gate: Gate, _ started: Recorder<CallShare>)
    -> Task<Void, any Error>
  {
    Task {
      try await limiter.run(for: share) {
        started.add(share)
        await gate.opened()
      }
    }
  }

  @Test func onePeerCannotKeepTheOwnerOrOthersWaiting() async throws {
    let limiter = CallLimiter(running: 4, waiting: 40)
    let gate = Gate()
    let started = Recorder<CallShare>()
    let greedy = (0..<8).map { _ in Self.hold(limiter, Self.peers[0], gate, started) }
    while started.all.count < 2 || limiter.waitingCount < 6 { await Task.yield() }
    #expect(started.all == [Self.peers[0], Self.peers[0]], "one peer has half of the places")
    let other = Self.hold(limiter, Self.peers[1], gate, started)
    while started.all.count < 3 { await Task.yield() }
    let owner = Self.hold(limiter, .owner, gate, started)
    while started.all.count < 4 { await Task.yield() }
    #expect(started.all.suffix(2) == [Self.peers[1], .owner], "nobody else has waited")
    gate.open()
    for task in greedy + [other, owner] { try await task.value }
    #expect(started.all.count == 10, "and whoever waited had its turn")
  }

  @Test func peersTogetherLeaveAPlaceToTheOwner() async throws {
    let limiter = CallLimiter(running: 4, waiting: 40)
    let gate = Gate()
    let started = Recorder<CallShare>()
    let calls = Self.peers.flatMap { peer in (0..<3).map { _ in Self.hold(limiter, peer, gate, started) } }
    while started.all.count < 3 || limiter.waitingCount < 6 { await Task.yield() }
    #expect(started.all.count == 3)
    try await limiter.run(for: .owner) {}
    gate.open()
    for task in calls { try await task.value }
  }

  @Test func whoeverHasTheLeastComesNext() async throws {
    let limiter = CallLimiter(running: 2, waiting: 40)
    let gates = (Gate(), Gate())
    let started = Recorder<CallShare>()
    let first = Self.hold(limiter, Self.peers[0], gates.0, started)
    while started.all.count < 1 { await Task.yield() }
    var waiting: [Task<Void, any Error>] = []
    for peer in [Self.peers[0], Self.peers[0], Self.peers[1]] {
      let before = limiter.waitingCount
      waiting.append(Self.hold(limiter, peer, gates.1, started))
      while limiter.waitingCount == before { await Task.yield() }
    }
    gates.0.open()
    try await first.value
    while started.all.count < 2 { await Task.yield() }
    #expect(started.all[1] == Self.peers[0], "with nothing running all are equal, and the first in line comes")
    gates.1.open()
    for task in waiting { try await task.value }
  }

  @Test func thePlacesToWaitAreSharedToo() async throws {
    let limiter = CallLimiter(running: 4, waiting: 8)
    let gate = Gate()
    let started = Recorder<CallShare>()
    var calls = (0..<4).map { _ in Self.hold(limiter, Self.peers[0], gate, started) }
    while started.all.count < 2 || limiter.waitingCount < 2 { await Task.yield() }
    await expectRefusal(.busy) { try await limiter.run(for: Self.peers[0]) {} }
    calls.append(Self.hold(limiter, Self.peers[1], gate, started))
    while started.all.count < 3 { await Task.yield() }
    gate.open()
    for task in calls { try await task.value }
  }
}

/// Holds calls up until the test lets them go.
private final class Gate: Sendable {
  private let state = Mutex<(open: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))

  func opened() async {
    await withCheckedContinuation { waiter in
      let isOpen = state.withLock { state in
        if !state.open { state.waiters.append(waiter) }
        return state.open
      }
      if isOpen { waiter.resume() }
    }
  }

  func open() {
    let waiters = state.withLock { state in
      defer { state = (true, []) }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
