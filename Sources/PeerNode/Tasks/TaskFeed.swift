import PeerModel
import Synchronization

/// What happens to one task that is open: for those who watch, and for those who wait for its end.
final class TaskFeed: Sendable {
  /// Events that are kept for those who come later; the oldest go first.
  static let kept = 256

  private struct State {
    var events: [JSONValue] = []
    var watchers: [Int: AsyncStream<JSONValue>.Continuation] = [:]
    var next = 0
    var isOver = false
    var isCancelled = false
  }
  private let state = Mutex(State())
  private let cancels: AsyncStream<Void>.Continuation
  /// Ends when the task is to be cancelled.
  let cancelled: AsyncStream<Void>

  init() { (cancelled, cancels) = AsyncStream.makeStream() }

  /// Whether somebody has asked for the end of the task.
  var isCancelled: Bool { state.withLock(\.isCancelled) }

  /// Asks for the end of the task.
  func cancel() {
    state.withLock { $0.isCancelled = true }
    cancels.finish()
  }

  func publish(_ kind: String, _ members: [String: JSONValue]) {
    var event = members
    event["type"] = .string(kind)
    event["time"] = Clock.now.json
    let json = JSONValue.object(event)
    let watchers = state.withLock { state in
      state.events.append(json)
      if state.events.count > Self.kept { state.events.removeFirst() }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.yield(json) }
  }

  /// Nothing more comes.
  func finish() {
    let watchers = state.withLock { state in
      state.isOver = true
      defer { state.watchers = [:] }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.finish() }
  }

  /// What has happened, and what happens until the end.
  func watch() -> AsyncStream<JSONValue> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: JSONValue.self, bufferingPolicy: .bufferingNewest(2 * Self.kept))
    let number = state.withLock { state -> Int? in
      for event in state.events { continuation.yield(event) }
      guard !state.isOver else { return nil }
      state.next += 1
      state.watchers[state.next] = continuation
      return state.next
    }
    guard let number else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.watchers[number] = nil } }
    return stream
  }
}
