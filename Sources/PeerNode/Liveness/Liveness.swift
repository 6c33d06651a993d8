import PeerModel
import ServiceLifecycle
import Synchronization

/// Keeps an eye on the peers that matter: those approved here, those that let this node in, and those that have not decided
/// about it yet. That one is online is what an exchange has shown, never what mDNS says.
///
/// Nothing runs between two turns, and nothing at all when there are no such peers.
package final class Liveness: Service {
  private let registry: Registry
  private let ask: @Sendable (PeerID) -> Void
  private let schedule = Mutex(LivenessSchedule())
  private let changes: AsyncStream<Void>
  private let changed: AsyncStream<Void>.Continuation

  /// - Parameter ask: introduces this node to a peer, once; the outcome comes back through the registry.
  init(registry: Registry, ask: @escaping @Sendable (PeerID) -> Void) {
    self.registry = registry
    self.ask = ask
    (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  package func run() async throws {
    registry.watchPresence { [self] in note($0) }
    let now = Clock.steady
    for id in registry.all().map(\.id) where matters(id) {
      schedule.withLock { $0.add(id, now: now, jitter: .random(in: 0..<1)) }
    }
    changed.yield()
    await cancelWhenGracefulShutdown { [self] in
      var timer: Task<Void, Never>?
      for await _ in changes {
        let due = schedule.withLock { $0.takeDue(now: Clock.steady) }
        for id in due { visit(id) }
        timer?.cancel()
        timer = schedule.withLock(\.next).map(alarm)
      }
      timer?.cancel()
    }
    registry.watchPresence(nil)
  }

  /// A peer says that something about this node has changed there: it has approved it, most likely.
  func knocked(_ id: PeerID) {
    guard matters(id) else { return }
    change { $0.hurry(id, now: Clock.steady) }
  }

  private func note(_ change: PresenceChange) {
    let now = Clock.steady
    let jitter = Double.random(in: 0..<1)
    switch change {
    case .answered(let id) where matters(id):
      let standing = registry.presence(of: id).isWaiting ? LivenessSchedule.Standing.waiting : .reachable
      self.change { $0.note(id, standing, now: now, jitter: jitter) }
    case .failed(let id) where matters(id): self.change { $0.note(id, .failing, now: now, jitter: jitter) }
    case .answered, .failed: break
    case .networkChanged: self.change { $0.hurryAll(now: now) }
    }
  }

  /// Changes the schedule, and wakes the service when somebody's turn comes earlier than it knows.
  private func change(_ body: (inout LivenessSchedule) -> Void) {
    let isEarlier = schedule.withLock { schedule in
      let before = schedule.next ?? .max
      body(&schedule)
      return (schedule.next ?? .max) < before
    }
    if isEarlier { changed.yield() }
  }

  private func visit(_ id: PeerID) {
    guard matters(id) else { return schedule.withLock { $0.forget(id) } }
    ask(id)
  }

  private func matters(_ id: PeerID) -> Bool {
    let presence = registry.presence(of: id)
    switch registry.standing(of: id)?.status {
    case .approved: return true
    case .discovered, .pending:
      return presence.isWaiting || presence.grantedTrust != nil || registry.record(of: id)?.isAdded == true
    case .rejected, .blocked, nil: return false
    }
  }

  /// Wakes the service at a time.
  private func alarm(_ time: Int) -> Task<Void, Never> {
    // Not a child: a change of the schedule ends the waiting before the time does.
    Task { [changed] in
      guard (try? await Task.sleep(for: .seconds(max(1, time - Clock.steady)))) != nil else { return }
      changed.yield()
    }
  }
}

/// What is known anew of who can be reached.
enum PresenceChange: Hashable, Sendable {
  /// An exchange with the peer worked.
  case answered(PeerID)
  /// It could not be reached.
  case failed(PeerID)
  /// An interface or an address came or went.
  case networkChanged
}
