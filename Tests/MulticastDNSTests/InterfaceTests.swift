import Testing

@testable import MulticastDNS

@Suite struct InterfaceTests {
  static let usual: [(String, Bool, Bool, Bool)] = [
    ("eth0", false, false, true), ("wlan0", false, false, true), ("lo", true, false, false),
    ("tun0", false, true, false), ("docker0", false, false, false), ("docker1", false, false, true),
    ("br-1a2b", false, false, false), ("br0", false, false, true), ("veth12", false, false, false),
    ("virbr0", false, false, false),
  ]

  @Test(arguments: usual)
  func interfacesWithoutNeighboursAreLeftOut(name: String, isLoopback: Bool, isPointToPoint: Bool, isUsed: Bool) {
    #expect(InterfaceFilter().admits(name, isLoopback: isLoopback, isPointToPoint: isPointToPoint) == isUsed)
  }

  @Test func namesDecideWhereTheyAreGiven() {
    let filter = InterfaceFilter(allowed: ["tun0", "virbr*", "eth1"], denied: ["eth*"])
    #expect(filter.admits("tun0", isLoopback: false, isPointToPoint: true))
    #expect(filter.admits("virbr7", isLoopback: false, isPointToPoint: false))
    #expect(!filter.admits("eth1", isLoopback: false, isPointToPoint: false))
  }

  @Test func theKernelTellsItsInterfaces() throws {
    let interfaces = try #require(Netlink.interfaces())
    let loopback = try #require(interfaces.first { $0.isLoopback })
    #expect(loopback.name == "lo" && loopback.mtu > 1000)
    // Loopback addresses lead to no neighbour.
    #expect(loopback.addresses.allSatisfy { $0.address.isUsable })
  }

  @Test func addressesInQuestionAreNotUsed() {
    func message(flags: UInt8, attributeFlags: UInt32?) -> ArraySlice<UInt8> {
      var bytes: [UInt8] = [2, 24, flags, 0, 7, 0, 0, 0, 8, 0, 2, 0, 10, 0, 0, 1]
      if let attributeFlags {
        bytes += [8, 0, 8, 0] + withUnsafeBytes(of: attributeFlags.littleEndian) { Array($0) }
      }
      return bytes[...]
    }
    let usable = NetworkInterface.address(in: message(flags: 0, attributeFlags: 0x80))
    #expect(usable?.index == 7 && usable?.prefix.length == 24)
    #expect(NetworkInterface.address(in: message(flags: 0x40, attributeFlags: nil)) == nil)
    #expect(NetworkInterface.address(in: message(flags: 0, attributeFlags: 0x20)) == nil)
    #expect(NetworkInterface.address(in: [2, 24, 0]) == nil)
  }

  @Test func aLinkKnowsItsNeighbours() throws {
    let link = VirtualLAN.link(0)
    #expect(link.isOnLink(Bench.address(200)))
    #expect(!link.isOnLink(try #require(IPAddress(bytes: [10, 1, 0, 1]))))
    let linkLocal = try #require(IPAddress(bytes: [0xFE, 0xBF] + [UInt8](repeating: 0, count: 13) + [1]))
    #expect(!link.isOnLink(linkLocal))
    let ipv6 = Link(id: Link.ID(interface: 2, isIPv6: true), interfaceName: "eth0", addresses: [], mtu: 1500)
    #expect(ipv6.isOnLink(linkLocal))
    #expect(ipv6.payloadLimit == 1452 && link.payloadLimit == 1472)
  }

  @Test func addressesAreShownWithTheirScope() throws {
    let plain = try #require(ScopedAddress(bytes: [192, 168, 1, 5]))
    #expect(plain.description == "192.168.1.5")
    let scoped = try #require(ScopedAddress(bytes: [0xFE, 0x80] + [UInt8](repeating: 0, count: 13) + [1], scope: 1))
    #expect(scoped.description == "fe80::1%lo")
    #expect(ScopedAddress(bytes: [1, 2, 3]) == nil)
  }

  @Test func discoveryStartsAndStopsForGood() async throws {
    let discovery = try MulticastDNS(hostLabel: "rd-test", interfaces: InterfaceFilter(denied: ["*"]))
    try discovery.advertise(VirtualLAN.advertisement("test", id: "1"))
    try discovery.browse(type: "_r-cli._tcp")
    #expect(throws: MulticastDNSError.invalidServiceType("x")) { try discovery.browse(type: "x") }
    #expect(await discovery.snapshot().isEmpty)
    #expect(await discovery.statistics.hostName == "rd-test.local")
    await discovery.stop()
    await discovery.stop()
    #expect(await discovery.snapshot().isEmpty)
    var events: [DiscoveryEvent] = []
    for await event in discovery.events { events.append(event) }
    #expect(events == [.interfacesChanged([])])
  }
}
