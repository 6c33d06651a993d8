import PeerModel
import Synchronization

/// Tells those who search about each node as it is seen.
final class Announcements: Sendable {
  private struct State {
    var listeners: [Int: AsyncStream<PeerID>.Continuation] = [:]
    var next = 0
  }
  private let state = Mutex(State())

  func announce(_ id: PeerID) {
    for listener in state.withLock({ Array($0.listeners.values) }) { listener.yield(id) }
  }

  func subscribe() -> AsyncStream<PeerID> {
    let (stream, continuation) = AsyncStream.makeStream(of: PeerID.self, bufferingPolicy: .bufferingNewest(1024))
    let number = state.withLock { state in
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.listeners[number] = nil } }
    return stream
  }
}

/// A sequence that ends after some time.
enum ContinuousDeadline {
  static func sequence(_ base: AsyncStream<PeerID>, for duration: Duration) -> AsyncStream<PeerID> {
    AsyncStream { continuation in
      // Not children: the two end with the stream, by its termination or the deadline.
      let forwarding = Task {
        for await element in base { continuation.yield(element) }
        continuation.finish()
      }
      let deadline = Task {
        try? await Task.sleep(for: duration)
        continuation.finish()
      }
      continuation.onTermination = { _ in
        forwarding.cancel()
        deadline.cancel()
      }
    }
  }
}
