/// Makes services known on the local network and finds those of others, by DNS-SD (RFC 6763) over multicast DNS
/// (RFC 6762).
///
/// Runs beside other responders on the host, without privileges. All work is done on a thread of its own that sleeps
/// while nothing happens; every method may be called from anywhere and returns at once, except where it is `async`.
///
/// What is found is a sighting and nothing more: anyone on the network can say anything. Names are for people; who a
/// peer is must be proved to you by other means.
package final class MulticastDNS: Sendable {
  private static let bufferedEvents = 4096

  /// What happens, for one reader. The oldest events are dropped when the reader falls 4096 behind; `snapshot` then
  /// tells how things are. Ends after `stop`.
  package let events: AsyncStream<DiscoveryEvent>
  private let mailbox: Mailbox

  /// Opens port 5353 and starts to take part.
  ///
  /// - Parameters:
  ///   - hostLabel: a host name of our own, such as `rd-0a1b2c3d`, not that of the machine, which another responder may
  ///     hold. Gets a number when someone else has it.
  ///   - interfaces: which network interfaces to use.
  /// - Throws: `MulticastDNSError.portTaken`, `.noNetwork` or `.system`.
  package init(hostLabel: String, interfaces: InterfaceFilter = InterfaceFilter()) throws(MulticastDNSError) {
    let (stream, continuation) = AsyncStream.makeStream(
      of: DiscoveryEvent.self, bufferingPolicy: .bufferingNewest(Self.bufferedEvents))
    events = stream
    mailbox = try Mailbox()
    let loop = try EventLoop(
      hostLabel: hostLabel, filter: interfaces, mailbox: mailbox, events: continuation)
    try WorkerThread.start {
      var loop = loop
      loop.run()
    }
  }

  deinit { mailbox.requestStop() }

  /// Makes a service known, beside those advertised before. The same instance name and type again replaces port and TXT
  /// (RFC 6762 section 8.4); to change the name, withdraw first.
  ///
  /// - Throws: `MulticastDNSError.invalidServiceType`.
  package func advertise(_ advertisement: Advertisement) throws(MulticastDNSError) {
    _ = try Engine.serviceType(advertisement.type)
    // Checked above, so there is nothing left that could fail.
    mailbox.post { engine, now in try? engine.advertise(advertisement, now: now) }
  }

  /// Takes all advertisements back, with goodbyes (section 10.1).
  package func withdraw() { mailbox.post { engine, now in engine.withdraw(now: now) } }

  /// Looks for instances of this type from now on, and of no other.
  ///
  /// - Throws: `MulticastDNSError.invalidServiceType`.
  package func browse(type: String) throws(MulticastDNSError) {
    _ = try Engine.serviceType(type)
    mailbox.post { engine, now in try? engine.browse(type: type, now: now) }
  }

  /// Asks for everything again at once: first so that everybody answers, then after one and three seconds in case
  /// something got lost. Asks at most once a second, however often it is called.
  package func scan() { mailbox.post { engine, now in engine.scan(now: now) } }

  /// To be called when connecting to an instance failed: it is lost in ten seconds unless it answers (section 10.4).
  package func reconfirm(_ name: String) { mailbox.post { engine, now in engine.reconfirm(name, now: now) } }

  /// The instances known now, by name; none after `stop`.
  package func snapshot() async -> [ServiceInstance] { await ask(\.instances) ?? [] }

  /// The instances known now, with the seconds since anything was heard of each; none after `stop`.
  package func sightings() async -> [(instance: ServiceInstance, age: Double)] {
    await withCheckedContinuation { continuation in
      let isAccepted = mailbox.post { engine, now in
        continuation.resume(returning: engine.instances.map { ($0, engine.age(of: $0.name, now: now)) })
      }
      if !isAccepted { continuation.resume(returning: []) }
    }
  }

  /// The counters now; all zero after `stop`.
  package var statistics: DiscoveryStatistics {
    get async { await ask(\.statistics) ?? DiscoveryStatistics() }
  }

  /// Sends goodbyes and ends. Returns when both are done, about an eighth of a second later.
  package func stop() async { await mailbox.stop() }

  private func ask<Answer: Sendable>(_ question: @escaping @Sendable (Engine) -> Answer) async -> Answer? {
    await withCheckedContinuation { continuation in
      let isAccepted = mailbox.post { engine, _ in continuation.resume(returning: question(engine)) }
      if !isAccepted { continuation.resume(returning: nil) }
    }
  }
}
