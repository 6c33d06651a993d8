import ServiceLifecycle

/// The last service to start and the first to stop: tells systemd when everything serves, and when it ends.
package struct Readiness: Service {
  let settings: Settings
  let exchange: PeerExchange
  let rotation: IdentityRotation
  let foothold: Foothold
  private let notifier = ReadinessNotifier()

  package init(settings: Settings, exchange: PeerExchange, rotation: IdentityRotation, foothold: Foothold) {
    self.settings = settings
    self.exchange = exchange
    self.rotation = rotation
    self.foothold = foothold
  }

  package func run() async throws {
    let port = settings.advertisedPort
    notifier.ready(status: port == 0 ? "serving the local socket" : "serving peers on port \(port)")
    try? await gracefulShutdown()
    if rotation.isDone {
      // The service goes on, and connections wait for the next node.
      notifier.reloading()
    } else {
      foothold.releaseSockets()
      notifier.stopping(status: "finishing what runs")
    }
    await exchange.closeAll()
  }
}
