internal import Glibc

/// The engine's hands and ears: sockets, interfaces and the clock, on one thread that sleeps in poll(2) until something
/// happens.
struct EventLoop {
  private static let packetsPerRound = 256
  /// Address changes come in groups; look once when they have settled.
  private static let settlingTime: Milliseconds = 50
  private static let goodbyePause: Int32 = 120

  private let sockets: [MulticastSocket]
  private let monitor: Descriptor
  private let mailbox: Mailbox
  private let filter: InterfaceFilter
  private let events: AsyncStream<DiscoveryEvent>.Continuation
  private var engine: Engine
  private var links: [Link.ID: Link] = [:]
  private var rescanAt: Milliseconds?
  private var timeAsleep: Milliseconds

  /// - Throws: `MulticastDNSError` when a descriptor cannot be had.
  init(
    hostLabel: String, filter: InterfaceFilter, mailbox: Mailbox, events: AsyncStream<DiscoveryEvent>.Continuation
  ) throws(MulticastDNSError) {
    var sockets: [MulticastSocket] = []
    for isIPv6 in [false, true] {
      if let socket = try MulticastSocket(isIPv6: isIPv6) { sockets.append(socket) }
    }
    guard !sockets.isEmpty else { throw .noNetwork }
    self.sockets = sockets
    self.filter = filter
    self.mailbox = mailbox
    self.events = events
    monitor = try Netlink.monitor()
    engine = Engine(hostLabel: hostLabel, seed: .random(in: .min ... .max))
    timeAsleep = Clock.sinceBoot - Clock.awake
  }

  /// Runs until the mailbox says to stop, then says goodbye.
  mutating func run() {
    scanInterfaces(Clock.sinceBoot)
    while true {
      let (orders, isStopping) = mailbox.take()
      let now = Clock.sinceBoot
      for order in orders { order(&engine, now) }
      flush()
      if isStopping { break }
      wait()
    }
    sayGoodbye()
    events.finish()
    repeat {
      let orders = mailbox.finish()
      for order in orders { order(&engine, Clock.sinceBoot) }
      if orders.isEmpty { return }
    } while true
  }

  private mutating func wait() {
    // poll(2) does not count time asleep, so what falls due then waits; but a machine that wakes up hears packets and
    // link changes before long, and `noticeSleep` looks at the clock.
    let deadline = [engine.nextDeadline, rescanAt].compactMap { $0 }.min()
    let timeout = deadline.map { Int32(clamping: max(0, $0 - Clock.sinceBoot)) } ?? -1
    let descriptors = [mailbox.bell, monitor] + sockets.map(\.descriptor)
    var polled = descriptors.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
    _ = poll(&polled, nfds_t(polled.count), timeout)
    let now = Clock.sinceBoot
    noticeSleep(now)
    if polled[0].revents != 0 { mailbox.bell.drain() }
    if polled[1].revents != 0 {
      // Any message, even that some were lost, means: look again.
      monitor.drain()
      rescanAt = rescanAt ?? now + Self.settlingTime
    }
    for (socket, entry) in zip(sockets, polled.dropFirst(2)) where entry.revents != 0 { receive(from: socket) }
    if let time = rescanAt, time <= now {
      rescanAt = nil
      scanInterfaces(now)
    }
    engine.tick(now: Clock.sinceBoot)
  }

  private mutating func noticeSleep(_ now: Milliseconds) {
    let asleep = now - Clock.awake
    if asleep - timeAsleep > 1000 { engine.resume(now: now) }
    timeAsleep = asleep
  }

  private mutating func receive(from socket: MulticastSocket) {
    let now = Clock.sinceBoot
    socket.receive(limit: Self.packetsPerRound) { datagram in
      engine.receive(
        datagram.payload, on: Link.ID(interface: datagram.interface, isIPv6: socket.isIPv6), from: datagram.source,
        viaMulticast: datagram.viaMulticast, now: now)
    }
  }

  private mutating func flush() {
    let (transmissions, news) = engine.drain()
    for link in send(transmissions) { engine.countSendFailure(on: link) }
    for event in news { events.yield(event) }
  }

  /// Sends and returns the links of the packets that the kernel did not take.
  private func send(_ transmissions: [Transmission]) -> [Link.ID] {
    var failures: [Link.ID] = []
    for packet in transmissions {
      let socket = sockets.first { $0.isIPv6 == packet.link.isIPv6 }
      let source = links[packet.link]?.addresses.first { $0.address.isIPv4 }?.address
      let isSent = socket?.send(
        packet.payload, to: packet.destination, interface: packet.link.interface, source: source)
      if isSent != true { failures.append(packet.link) }
    }
    return failures
  }

  private mutating func scanInterfaces(_ now: Milliseconds) {
    // When the kernel does not tell, the next change will be another chance.
    guard let interfaces = Netlink.interfaces() else { return }
    let usable = interfaces.filter {
      $0.isRunning && filter.admits($0.name, isLoopback: $0.isLoopback, isPointToPoint: $0.isPointToPoint)
    }
    var current: [Link.ID: Link] = [:]
    for link in usable.flatMap(\.links) {
      guard let socket = sockets.first(where: { $0.isIPv6 == link.id.isIPv6 }) else { continue }
      if links[link.id] != nil || socket.setMembership(true, on: link.id.interface) { current[link.id] = link }
    }
    for (id, _) in links where current[id] == nil {
      _ = sockets.first { $0.isIPv6 == id.isIPv6 }?.setMembership(false, on: id.interface)
    }
    links = current
    engine.setLinks(Array(current.values), now: now)
  }

  /// Twice, since nobody asks for a goodbye that got lost.
  private mutating func sayGoodbye() {
    engine.shutDown(now: Clock.sinceBoot)
    let (goodbyes, news) = engine.drain()
    for event in news { events.yield(event) }
    guard !goodbyes.isEmpty else { return }
    _ = send(goodbyes)
    _ = poll(nil, 0, Self.goodbyePause)
    _ = send(goodbyes)
  }
}
