// libFuzzer entry for the multicast DNS codec and engine. One module with the sources, so that it reaches the inside:
//
//     swiftc -sanitize=fuzzer,address -parse-as-library -swift-version 6 -package-name rd -O \
//       -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature ExistentialAny \
//       -module-name DNSFuzz -o dns-fuzz Sources/MulticastDNS/*.swift Tests/Fuzz/dns/DNSFuzz.swift
//     mkdir -p /tmp/dns-corpus && ./dns-fuzz -max_len=1600 -max_total_time=60 /tmp/dns-corpus Tests/Fuzz/dns/corpus
//
// The first folder takes what is found; the second holds seeds made of packets from ourselves, avahi and zeroconf.

/// Feeds one packet to the codec and to an engine that has names, knows a peer and browses. Traps and what the
/// sanitizers see are findings, and so are a message that does not survive its own writing and a cache beyond bounds.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let packet = Array(UnsafeBufferPointer(start: start, count: count))
  if let message = try? Message(parsing: packet) {
    let again = try? Message(parsing: message.encoded())
    // Text without a single string is written as one empty string, which is the same (RFC 6763 section 6.1).
    precondition(again?.questions == message.questions && again?.answers.count == message.answers.count)
  }
  var engine = FuzzedEngine.settled
  for (port, viaMulticast) in [(multicastDNSPort, true), (multicastDNSPort, false), (40_000, true)] {
    guard let source = IPAddress(bytes: [10, 0, 0, 9]) else { return 0 }
    engine.receive(
      packet, on: FuzzedEngine.link.id, from: Endpoint(address: source, port: port), viaMulticast: viaMulticast,
      now: engine.clock + 7)
    for _ in 0..<20 {
      guard let deadline = engine.nextDeadline else { break }
      engine.tick(now: deadline)
    }
    for sent in engine.drain().transmissions { precondition((try? Message(parsing: sent.payload)) != nil) }
  }
  precondition(engine.statistics.cacheEntries <= Limits.cacheEntries)
  return 0
}

/// An engine a minute after its start, made once and copied for each packet.
private enum FuzzedEngine {
  static let link = Link(
    id: Link.ID(interface: 2, isIPv6: false), interfaceName: "eth0",
    addresses: IPAddress(bytes: [10, 0, 0, 1]).map { [AddressPrefix(address: $0, length: 16)] } ?? [], mtu: 1500)

  static let settled: Engine = {
    var engine = Engine(hostLabel: "rd-1", seed: 1)
    engine.setLinks([link], now: 0)
    try? engine.advertise(
      Advertisement(instanceName: "alice", type: "_r-cli._tcp", port: 7000, txt: TXTRecord()), now: 0)
    try? engine.browse(type: "_r-cli._tcp", now: 0)
    while let deadline = engine.nextDeadline, deadline < 60_000 { engine.tick(now: deadline) }
    _ = engine.drain()
    return engine
  }()
}
