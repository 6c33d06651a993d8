import ServiceLifecycle

/// Writes what waits for the audit log, and forgets what is old. Sleeps while nothing happens.
///
/// The first service to start and the last to stop, so that the last requests are on record too.
struct AuditKeeper: Service {
  let log: AuditLog
  let settings: Settings

  /// From the first look to its writing; doubled while looks go on without a pause, up to the longest.
  private static let shortestDelay = Duration.seconds(1)
  private static let longestDelay = Duration.seconds(60)
  /// Old entries are looked for this often while entries are written, seconds.
  private static let pruneInterval = 3600

  func run() async throws {
    await log.prune(keep: settings.current.audit.keep)
    // Three that wait for three signals: looks and refusals are written at their own pace, and neither delays the other.
    await withDiscardingTaskGroup { tasks in
      tasks.addTask { await writeLooks() }
      tasks.addTask {
        for await _ in log.refused.cancelOnGracefulShutdown() {
          await pause(Self.longestDelay)
          await log.flush(looks: false)
        }
      }
      tasks.addTask {
        for await _ in log.grown.cancelOnGracefulShutdown() { await log.prune(keep: settings.current.audit.keep) }
      }
    }
    await log.flush()
  }

  private func writeLooks() async {
    var delay = Self.shortestDelay
    var last: ContinuousClock.Instant?
    var pruned = Clock.steady
    for await _ in log.looked.cancelOnGracefulShutdown() {
      let goesOn = last.map { ContinuousClock.now - $0 < Self.shortestDelay } ?? false
      delay = goesOn ? min(delay * 2, Self.longestDelay) : Self.shortestDelay
      await pause(delay)
      await log.flush(refusals: false)
      last = .now
      if Clock.steady - pruned >= Self.pruneInterval {
        pruned = Clock.steady
        await log.prune(keep: settings.current.audit.keep)
      }
    }
  }

  /// Ends early when the node stops.
  private func pause(_ duration: Duration) async {
    _ = try? await cancelWhenGracefulShutdown { try await Task.sleep(for: duration) }
  }
}
