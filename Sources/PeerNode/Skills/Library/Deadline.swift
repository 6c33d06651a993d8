internal import PeerModel

/// Ends work that takes too long.
enum Deadline {
  /// Runs `body` until it ends or the time is over; either way nothing of it is left running on return.
  /// - Parameters:
  ///   - deadline: when to cancel `body`.
  ///   - what: what runs, for the error text.
  ///   - timeout: how long it was given, for the error text.
  /// - Throws: ``NodeError`` `timed_out`, what `body` throws, or `CancellationError` when the caller is cancelled.
  static func run<Result: Sendable>(
    until deadline: ContinuousClock.Instant, what: String, after timeout: Duration,
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(until: deadline, clock: .continuous)
        return nil
      }
      defer { group.cancelAll() }
      // Leaving the group waits for `body`, which ends its processes when it is cancelled.
      if let result = try await group.next() ?? nil { return result }
      throw NodeError(.timedOut, "\(what) did not end within \(timeout.rounded)")
    }
  }
}

extension Duration {
  /// The duration for people: whole seconds, or milliseconds when it is shorter than a second.
  fileprivate var rounded: String {
    let milliseconds = components.attoseconds / 1_000_000_000_000_000
    return self < .seconds(1) ? "\(milliseconds) ms" : "\(components.seconds) s"
  }
}
