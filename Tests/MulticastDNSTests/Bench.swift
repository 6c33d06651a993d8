@testable import MulticastDNS

/// One engine on one link, with a hand for the far side's packets.
struct Bench {
  var engine: Engine
  var now: Milliseconds = 1_000_000
  let link: Link
  private(set) var events: [DiscoveryEvent] = []

  static let type = name("_r-cli._tcp.local")
  static func name(_ text: String) -> DNSName { DNSName(dotted: text) ?? .local }
  static func address(_ last: UInt8) -> IPAddress {
    IPAddress(bytes: [10, 0, 0, last]) ?? VirtualLAN.link(0).addresses[0].address
  }
  static func peer(_ last: UInt8 = 9, port: UInt16 = multicastDNSPort) -> Endpoint {
    Endpoint(address: address(last), port: port)
  }

  init(advertise name: String? = nil, host: String = "rd-a", browses: Bool = false, mtu: Int = 1500, seed: UInt64 = 1) {
    link = VirtualLAN.link(0, mtu: mtu)
    engine = Engine(hostLabel: host, seed: seed)
    engine.setLinks([link], now: now)
    if let name { try? engine.advertise(VirtualLAN.advertisement(name, id: "mine"), now: now) }
    if browses { try? engine.browse(type: "_r-cli._tcp", now: now) }
  }

  /// A host whose names are its own and whose last announcement is long past.
  static func settled(_ name: String = "alice", browses: Bool = false, mtu: Int = 1500) -> Bench {
    var bench = Bench(advertise: name, browses: browses, mtu: mtu)
    _ = bench.run(for: 20_000)
    bench.events = []
    return bench
  }

  /// Lets time pass and returns what was sent, parsed, with the times.
  mutating func run(for duration: Milliseconds) -> [(at: Milliseconds, message: Message, to: Endpoint?)] {
    let end = now + duration
    var result = take()
    while let deadline = engine.nextDeadline, deadline <= end {
      now = max(now, deadline)
      engine.tick(now: now)
      result += take()
    }
    now = end
    return result
  }

  mutating func receive(_ message: Message, from source: Endpoint = peer(), viaMulticast: Bool = true) {
    receive(message.encoded(), from: source, viaMulticast: viaMulticast)
  }

  mutating func receive(_ payload: [UInt8], from source: Endpoint = peer(), viaMulticast: Bool = true) {
    engine.receive(payload, on: link.id, from: source, viaMulticast: viaMulticast, now: now)
  }

  private mutating func take() -> [(at: Milliseconds, message: Message, to: Endpoint?)] {
    let (transmissions, news) = engine.drain()
    events += news
    return transmissions.compactMap { packet in
      (try? Message(parsing: packet.payload)).map { (now, $0, packet.destination) }
    }
  }

  // MARK: What the far side says

  static func query(_ questions: [Question], known: [ResourceRecord] = [], truncated: Bool = false) -> Message {
    var message = Message()
    message.questions = questions
    message.answers = known
    message.isTruncated = truncated
    return message
  }

  static func response(_ records: [ResourceRecord]) -> Message {
    var message = Message()
    message.isResponse = true
    message.answers = records
    return message
  }

  /// All that makes an instance of a peer complete.
  static func service(
    _ label: String, host: String = "rd-b.local", last: UInt8 = 9, ttl: UInt32 = 120
  ) -> [ResourceRecord] {
    [pointer(label)] + [srv(label, host: host, ttl: ttl), text(label), a(host, last, ttl: ttl)]
  }

  static func pointer(_ label: String, ttl: UInt32 = 4500) -> ResourceRecord {
    ResourceRecord(type, .ptr, ttl: ttl, .pointer(name("\(label)._r-cli._tcp.local")))
  }

  static func srv(
    _ label: String, host: String = "rd-b.local", port: UInt16 = 80, ttl: UInt32 = 120
  ) -> ResourceRecord {
    ResourceRecord(
      name("\(label)._r-cli._tcp.local"), .srv, ttl: ttl, cacheFlush: true,
      .service(priority: 0, weight: 0, port: port, target: name(host)))
  }

  static func text(_ label: String, _ wire: [UInt8] = [3, 0x61, 0x3D, 0x62], ttl: UInt32 = 4500) -> ResourceRecord {
    ResourceRecord(name("\(label)._r-cli._tcp.local"), .txt, ttl: ttl, cacheFlush: true, .text(wire))
  }

  static func a(_ host: String, _ last: UInt8, ttl: UInt32 = 120) -> ResourceRecord {
    ResourceRecord(name(host), .a, ttl: ttl, cacheFlush: true, .address(address(last)))
  }
}
