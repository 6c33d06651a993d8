@testable import MulticastDNS

/// Hosts with engines on simulated wires, in virtual time: as fast as the processor, and the same every time.
struct VirtualLAN {
  struct Host {
    var engine: Engine
    var cards: [Card]
    var events: [(at: Milliseconds, event: DiscoveryEvent)] = []
    var isRunning = true
  }
  struct Card {
    var link: Link
    var segment: Int
  }
  private struct Delivery {
    var at: Milliseconds
    var host: Int
    var link: Link.ID
    var source: Endpoint
    var viaMulticast: Bool
    var payload: [UInt8]
  }

  var hosts: [Host] = []
  var now: Milliseconds
  var loss = 0.0
  var duplication = 0.0
  var delay: ClosedRange<Milliseconds> = 1...5
  /// Packets sent so far, and the latest ones when `records` is on.
  private(set) var packets = 0
  var recorded: [(at: Milliseconds, from: Int, packet: Transmission)] = []
  var records = false
  private var random: SplitMix64
  private var queue: [Delivery] = []

  init(seed: UInt64 = 1, startingAt now: Milliseconds = 1_000_000) {
    random = SplitMix64(seed: seed)
    self.now = now
  }

  static func link(_ last: Int, interface: UInt32 = 2, name: String = "eth0", mtu: Int = 1500) -> Link {
    let bytes: [UInt8] = [10, 0, UInt8(last / 250), UInt8(last % 250 + 1)]
    let addresses = IPAddress(bytes: bytes).map { [AddressPrefix(address: $0, length: 16)] } ?? []
    return Link(id: Link.ID(interface: interface, isIPv6: false), interfaceName: name, addresses: addresses, mtu: mtu)
  }

  /// One of the two links of an interface with both kinds of addresses.
  static func dualLink(_ last: Int, isIPv6: Bool) -> Link {
    let bytes = [0xFE, 0x80] + [UInt8](repeating: 0, count: 12) + [UInt8(last / 250), UInt8(last % 250 + 1)]
    let ipv6 = IPAddress(bytes: bytes)
    return Link(
      id: Link.ID(interface: 2, isIPv6: isIPv6), interfaceName: "eth0",
      addresses: link(last).addresses + (ipv6.map { [AddressPrefix(address: $0, length: 64)] } ?? []), mtu: 1500)
  }

  /// Adds a host that advertises `name`, if any, and browses. Returns its number.
  @discardableResult
  mutating func add(_ name: String?, host: String? = nil, browses: Bool = true, cards: [Card]? = nil) -> Int {
    let number = hosts.count
    var engine = Engine(hostLabel: host ?? "rd-\(number)", seed: random.next())
    let cards = cards ?? [Card(link: Self.link(number), segment: 0)]
    engine.setLinks(cards.map(\.link), now: now)
    if let name {
      try? engine.advertise(Self.advertisement(name, id: "\(number)"), now: now)
    }
    if browses { try? engine.browse(type: "_r-cli._tcp", now: now) }
    hosts.append(Host(engine: engine, cards: cards))
    flush(number)
    return number
  }

  static func advertisement(_ name: String, id: String, port: UInt16 = 7000) -> Advertisement {
    let txt = (try? TXTRecord([(key: "id", value: id)])) ?? TXTRecord()
    return Advertisement(instanceName: name, type: "_r-cli._tcp", port: port, txt: txt)
  }

  /// Gives an order to a host's engine, now.
  mutating func with(_ number: Int, _ order: (inout Engine, Milliseconds) -> Void) {
    order(&hosts[number].engine, now)
    flush(number)
  }

  mutating func run(for duration: Milliseconds, until isDone: (VirtualLAN) -> Bool = { _ in false }) {
    let end = now + duration
    while true {
      let deadlines = hosts.filter(\.isRunning).compactMap(\.engine.nextDeadline)
      let next = min(queue.last?.at ?? .max, deadlines.min() ?? .max)
      guard next <= end else { break }
      now = max(now, next)
      while let delivery = queue.last, delivery.at <= now {
        queue.removeLast()
        guard hosts[delivery.host].isRunning else { continue }
        hosts[delivery.host].engine.receive(
          delivery.payload, on: delivery.link, from: delivery.source, viaMulticast: delivery.viaMulticast, now: now)
        flush(delivery.host)
      }
      for number in hosts.indices where hosts[number].isRunning {
        guard let deadline = hosts[number].engine.nextDeadline, deadline <= now else { continue }
        hosts[number].engine.tick(now: now)
        flush(number)
      }
      if isDone(self) { return }
    }
    now = end
  }

  /// The names that a host knows now.
  func known(to number: Int) -> [String] { hosts[number].engine.instances.map(\.name) }

  func everyoneSeesEveryone() -> Bool {
    hosts.allSatisfy { !$0.isRunning || $0.engine.instances.count == hosts.filter(\.isRunning).count - 1 }
  }

  func events(of number: Int) -> [DiscoveryEvent] { hosts[number].events.map(\.event) }

  private mutating func flush(_ number: Int) {
    let (transmissions, events) = hosts[number].engine.drain()
    hosts[number].events += events.map { (now, $0) }
    for packet in transmissions {
      packets += 1
      if records { recorded.append((now, number, packet)) }
      guard let card = hosts[number].cards.first(where: { $0.link.id == packet.link }),
        let address = card.link.addresses.first(where: { $0.address.isIPv4 != packet.link.isIPv6 })?.address
      else { continue }
      deliver(packet, from: number, address, on: card)
    }
  }

  private mutating func deliver(_ packet: Transmission, from sender: Int, _ address: IPAddress, on card: Card) {
    let source = Endpoint(address: address, port: multicastDNSPort)
    for (number, host) in hosts.enumerated() {
      for other in host.cards where other.segment == card.segment && other.link.id.isIPv6 == card.link.id.isIPv6 {
        if let to = packet.destination, !other.link.isOwn(to.address) { continue }
        // The kernel's echo is immediate and certain.
        let isEcho = number == sender && other.link.id == card.link.id
        if !isEcho, Double.random(in: 0..<1, using: &random) < loss { continue }
        let copies = !isEcho && Double.random(in: 0..<1, using: &random) < duplication ? 2 : 1
        for _ in 0..<copies {
          let arrival = now + (isEcho ? 0 : random.milliseconds(delay))
          enqueue(
            Delivery(
              at: arrival, host: number, link: other.link.id, source: source, viaMulticast: packet.destination == nil,
              payload: packet.payload))
        }
      }
    }
  }

  /// Latest first, so that the next delivery is cheap to take.
  private mutating func enqueue(_ delivery: Delivery) {
    var low = 0
    var high = queue.count
    while low < high {
      let middle = (low + high) / 2
      if queue[middle].at > delivery.at { low = middle + 1 } else { high = middle }
    }
    queue.insert(delivery, at: low)
  }
}
