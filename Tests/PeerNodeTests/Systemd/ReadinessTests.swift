import Glibc
import Logging
import ServiceLifecycle
import Testing

@testable import PeerNode

/// Each test that sets the environment runs in a process of its own, since other threads may read it.
@Suite struct ReadinessTests {
  @Test func messagesReachTheNotifySocket() async {
    await #expect(processExitsWith: .success) {
      let folder = TestSockets.folder()
      let listener = TestSockets.unix(SOCK_DGRAM, path: folder + "/notify")
      setenv("NOTIFY_SOCKET", folder + "/notify", 1)
      let notifier = ReadinessNotifier()
      notifier.ready(status: "listening\non port 8765")
      #expect(TestSockets.receive(listener) == "READY=1\nSTATUS=listening on port 8765")
      notifier.ready()
      #expect(TestSockets.receive(listener) == "READY=1")
      notifier.reloading()
      let parts = TestSockets.receive(listener)?.split(separator: "=") ?? []
      #expect(parts.count == 3 && parts[0] == "RELOADING" && parts[1] == "1\nMONOTONIC_USEC")
      #expect(parts.last.flatMap { Int($0) }.map { $0 > 0 } == true)
      notifier.status("draining")
      #expect(TestSockets.receive(listener) == "STATUS=draining")
      notifier.stopping(status: "bye")
      #expect(TestSockets.receive(listener) == "STOPPING=1\nSTATUS=bye")
      unlink(folder + "/notify")
      rmdir(folder)
    }
  }

  @Test func nothingHappensWithoutANotifySocket() {
    ReadinessNotifier().status("nobody listens")
  }

  @Test func theWatchdogIsPingedWhileTheProbeAnswersTrue() async {
    await #expect(processExitsWith: .success) {
      let folder = TestSockets.folder()
      let listener = TestSockets.unix(SOCK_DGRAM, path: folder + "/notify")
      setenv("NOTIFY_SOCKET", folder + "/notify", 1)
      setenv("WATCHDOG_USEC", "20000", 1)
      setenv("WATCHDOG_PID", String(getpid()), 1)
      #expect(Watchdog.requestedInterval == .milliseconds(20))
      let probes = Probes(results: [true, false, true, false])
      try await withThrowingTaskGroup(of: Void.self) { group in
        let service = ServiceGroup(services: [Watchdog { await probes.next() }], logger: Logger(label: "test"))
        group.addTask { try await service.run() }
        await probes.exhausted()
        await service.triggerGracefulShutdown()
        try await group.waitForAll()
      }
      #expect(TestSockets.receive(listener) == "WATCHDOG=1")
      #expect(TestSockets.receive(listener) == "WATCHDOG=1")
      #expect(recv(listener, nil, 0, CInt(MSG_DONTWAIT)) == -1)
      unlink(folder + "/notify")
      rmdir(folder)
    }
  }

  @Test func aWatchdogThatIsOffWaitsForTheEnd() async throws {
    let probes = Probes(results: [])
    let (started, start) = AsyncStream<Void>.makeStream()
    let service = ServiceGroup(
      services: [Watchdog(interval: nil) { await probes.next() }, Starter(start: start)], logger: Logger(label: "test"))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await service.run() }
      // A group that is stopped before it runs refuses to run.
      for await _ in started { break }
      await service.triggerGracefulShutdown()
      try await group.waitForAll()
    }
    #expect(await probes.asked == 0)
  }
}

/// Tells that its group is running.
private struct Starter: Service {
  var start: AsyncStream<Void>.Continuation

  func run() async throws {
    start.yield()
    try await gracefulShutdown()
  }
}

/// Health answers in a given order, false after the last.
private actor Probes {
  private var results: [Bool]
  private(set) var asked = 0
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(results: [Bool]) { self.results = results }

  func next() -> Bool {
    asked += 1
    guard results.isEmpty else { return results.removeFirst() }
    waiting.forEach { $0.resume() }
    waiting = []
    return false
  }

  /// Returns when a probe was asked for more answers than there are.
  func exhausted() async {
    await withCheckedContinuation { waiting.append($0) }
  }
}
