import ServiceLifecycle

/// The last service to start and the first to stop: tells systemd when everything serves, and when it ends.
package struct Readiness: Service {
  let settings: Settings
  let exchange: PeerExchange
  private let notifier = ReadinessNotifier()

  package init(settings: Settings, exchange: PeerExchange) {
    self.settings = settings
    self.exchange = exchange
  }

  package func run() async throws {
    let port = settings.advertisedPort
    notifier.ready(status: port == 0 ? "serving the local socket" : "serving peers on port \(port)")
    try? await gracefulShutdown()
    notifier.stopping(status: "finishing what runs")
    await exchange.closeAll()
  }
}
