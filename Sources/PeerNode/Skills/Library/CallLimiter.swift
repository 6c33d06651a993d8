internal import PeerModel
internal import Synchronization

/// Lets a number of calls run at one time; the others wait, first come, first served, and too many are refused.
final class CallLimiter: Sendable {
  private let running: Int
  private let waiting: Int
  private let state = Mutex(State())

  private struct State {
    var running = 0
    var lastTicket = 0
    var queue: [(ticket: Int, continuation: CheckedContinuation<Void, any Error>)] = []
  }

  /// Seconds after which a caller that was refused may try again: about one call's time.
  private static let retryAfter = 2

  init(running: Int, waiting: Int) {
    self.running = max(1, running)
    self.waiting = max(0, waiting)
  }

  /// Calls that wait for their turn.
  var waitingCount: Int { state.withLock(\.queue.count) }

  /// Runs `body` when it is its turn.
  /// - Throws: ``NodeError`` `busy` when too many wait, `CancellationError` when cancelled while waiting, and what
  ///   `body` throws.
  func run<Result>(_ body: () async throws -> Result) async throws -> Result {
    try await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async throws {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let outcome: Result<Void, any Error>? = state.withLock { state in
          // A cancellation that came before this line has found nothing in the queue to wake.
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.running < running {
            state.running += 1
            return .success(())
          }
          if state.queue.count >= waiting { return .failure(busy) }
          state.queue.append((ticket, continuation))
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

  private func leave() {
    let next = state.withLock { state in
      // The place goes straight to the next in line, so nobody who comes later can take it.
      if state.queue.isEmpty {
        state.running -= 1
        return nil as CheckedContinuation<Void, any Error>?
      }
      return state.queue.removeFirst().continuation
    }
    next?.resume()
  }

  private var busy: NodeError {
    NodeError(
      .busy, "this node runs \(running) calls already and \(waiting) more wait", hint: "try again in a moment",
      retryAfter: Self.retryAfter)
  }
}
