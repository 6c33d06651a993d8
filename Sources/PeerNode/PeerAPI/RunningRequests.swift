import NIOCore
import Synchronization

/// The requests that run now, by connection: when a caller goes away, what it asked for is cancelled.
final class RunningRequests: Sendable {
  private let cancels = Mutex<[ObjectIdentifier: @Sendable () -> Void]>([:])

  /// Runs the work, which is cancelled when the connection closes.
  func run<Value: Sendable>(
    on channel: any Channel, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let key = ObjectIdentifier(channel)
    // Not a child: the connection's event loop cancels it, from outside of any task.
    let task = Task { try await work() }
    cancels.withLock { $0[key] = { task.cancel() } }
    defer { cancels.withLock { $0[key] = nil } }
    if !channel.isActive { task.cancel() }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// The connection's other end is gone.
  func cancel(_ channel: any Channel) {
    let cancel = cancels.withLock { $0[ObjectIdentifier(channel)] }
    cancel?()
  }
}
