package import PeerModel
internal import Synchronization

/// On whose account a call runs.
package enum CallShare: Hashable, Sendable {
  case owner
  case peer(PeerID)
}

/// Lets a number of calls run at one time; the others wait, and too many are refused. One peer can keep neither the owner
/// nor other peers waiting: it has half of the places, peers together all but one.
final class CallLimiter: Sendable {
  private let running: Int
  private let waiting: Int
  private let state = Mutex(State())

  private struct Waiter {
    var ticket: Int
    var share: CallShare
    var continuation: CheckedContinuation<Void, any Error>
  }
  private struct State {
    var running: [CallShare: Int] = [:]
    var lastTicket = 0
    var queue: [Waiter] = []

    func count(where matches: (CallShare) -> Bool) -> Int {
      running.reduce(0) { matches($1.key) ? $0 + $1.value : $0 }
    }
  }

  /// Seconds after which a caller that was refused may try again: about one call's time.
  private static let retryAfter = 2

  /// - Parameters:
  ///   - running: calls that run at one time.
  ///   - waiting: calls that wait; a quarter of them of one peer, three quarters of peers together.
  init(running: Int, waiting: Int) {
    self.running = max(1, running)
    self.waiting = max(0, waiting)
  }

  /// How busy it is.
  var load: SkillLoad {
    state.withLock { SkillLoad(running: $0.count { _ in true }, waiting: $0.queue.count, places: running) }
  }

  /// Calls that wait for their turn.
  var waitingCount: Int { state.withLock(\.queue.count) }

  /// Runs `body` when it is its turn.
  /// - Throws: ``NodeError`` `busy` when too many wait, `CancellationError` when cancelled while waiting, and what
  ///   `body` throws.
  func run<Result>(for share: CallShare, _ body: () async throws -> Result) async throws -> Result {
    try await enter(share)
    defer { leave(share) }
    return try await body()
  }

  private func enter(_ share: CallShare) async throws {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome: Result<Void, any Error>? = state.withLock { state in
          // A cancellation that came before this line has found nothing in the queue to wake.
          if Task.isCancelled { return .failure(CancellationError()) }
          if mayRun(share, state) {
            state.running[share, default: 0] += 1
            return .success(())
          }
          if let busy = refusal(of: share, state) { return .failure(busy) }
          state.queue.append(Waiter(ticket: ticket, share: share, continuation: continuation))
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        state.queue.firstIndex { $0.ticket == ticket }.map { state.queue.remove(at: $0) }
      }
      waiter?.continuation.resume(throwing: CancellationError())
    }
  }

  private func leave(_ share: CallShare) {
    let next = state.withLock { state in
      let left = state.running[share, default: 1] - 1
      state.running[share] = left > 0 ? left : nil
      // Whoever has the least comes next, of equals the one who has waited longest. The place goes straight to it, so
      // nobody who comes later can take it.
      let ready = state.queue.indices.filter { mayRun(state.queue[$0].share, state) }
      let chosen = ready.min { first, second in
        state.running[state.queue[first].share, default: 0] < state.running[state.queue[second].share, default: 0]
      }
      return chosen.map { index in
        let waiter = state.queue.remove(at: index)
        state.running[waiter.share, default: 0] += 1
        return waiter
      }
    }
    next?.continuation.resume()
  }

  private func mayRun(_ share: CallShare, _ state: State) -> Bool {
    guard state.count(where: { _ in true }) < running else { return false }
    guard share != .owner else { return true }
    return state.count { $0 != .owner } < max(1, running - 1)
      && state.running[share, default: 0] < max(1, running / 2)
  }

  private func refusal(of share: CallShare, _ state: State) -> NodeError? {
    let peers = state.queue.filter { $0.share != .owner }.count
    let own = state.queue.filter { $0.share == share }.count
    if state.queue.count >= waiting {
      return busy("this node runs \(running) calls already and \(waiting) more wait")
    }
    guard share != .owner else { return nil }
    if own >= max(1, waiting / 4) { return busy("\(own) calls of this peer wait already") }
    return peers >= max(1, waiting * 3 / 4) ? busy("\(peers) calls of peers wait already") : nil
  }

  private func busy(_ reason: String) -> NodeError {
    NodeError(.busy, reason, hint: "try again in a moment", retryAfter: Self.retryAfter)
  }
}
