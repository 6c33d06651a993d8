import Logging
import PeerModel
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again at SIGHUP; a bad one is refused and the old settings stay.
package struct Reloader: Service {
  let settings: Settings
  let read: @Sendable () throws -> Configuration
  /// Reads anew what is configured beside the settings, whether or not they changed.
  let everyTime: @Sendable () async -> Void
  /// Tells the parts that do not look at the settings each time.
  let changed: @Sendable () async -> Void
  private let logger = Logger(label: "Configuration")
  private let notifier = ReadinessNotifier()

  package init(
    settings: Settings, read: @escaping @Sendable () throws -> Configuration,
    everyTime: @escaping @Sendable () async -> Void = {}, changed: @escaping @Sendable () async -> Void
  ) {
    self.settings = settings
    self.read = read
    self.everyTime = everyTime
    self.changed = changed
  }

  package func run() async throws {
    let hangups = await UnixSignalsSequence(trapping: .sighup)
    for await _ in hangups.cancelOnGracefulShutdown() {
      notifier.reloading()
      await reload()
      notifier.ready()
    }
  }

  private func reload() async {
    do {
      let fresh = try read()
      let changes = fresh.changes(from: settings.current)
      settings.replace(with: fresh)
      await everyTime()
      if !changes.live.isEmpty { await changed() }
      logger.info("configuration reloaded", metadata: ["changed": "\(changes.live.joined(separator: " "))"])
      if !changes.needRestart.isEmpty {
        logger.warning(
          "some changed settings need a restart", metadata: ["keys": "\(changes.needRestart.joined(separator: " "))"])
      }
    } catch {
      logger.error(
        "the new configuration is refused, the old settings stay",
        metadata: ["error": "\((error as? NodeError)?.message ?? "\(error)")"])
    }
  }
}
