import LocalAPI
import MulticastDNS
import PeerModel
import Testing

@testable import PeerNode

/// What is said of multicast, fact by fact.
@Suite struct NetworkChecksTests {
  static func link(sent: Int, refused: Int = 0, echoes: Int, heard: Int = 0, isIPv6: Bool = false) -> LinkTraffic {
    var link = LinkTraffic()
    (link.interface, link.isIPv6) = ("eth0", isIPv6)
    (link.sent, link.sendFailures, link.echoes, link.heard) = (sent, refused, echoes, heard)
    return link
  }
  static func facts(
    running: Bool = true, failure: String? = nil, holders: [MulticastChecks.Holder] = [], _ traffic: [LinkTraffic] = [],
    expected: [MulticastChecks.Known] = [], heard: [MulticastChecks.Known] = [], doubles: [String] = []
  ) -> MulticastChecks.Facts {
    MulticastChecks.Facts(
      isRunning: running, failure: failure, holders: holders, traffic: traffic, expected: expected, heard: heard,
      doubles: doubles)
  }
  static let avahi = MulticastChecks.Holder(uid: 0, process: "avahi-daemon (pid 5)")
  static let mini = MulticastChecks.Known(name: "mini; rm -rf /", id: Known.other)

  static let ports: [(MulticastChecks.Facts, Judged)] = [
    (facts(), Judged(.ok, "UDP port 5353 is open")), (facts(holders: [avahi]), Judged(.ok, "shared with avahi-daemon")),
    (
      facts(running: false, failure: "port taken", holders: [avahi]),
      Judged(.fail, "held by avahi-daemon (pid 5), which does not share it", "ss -lunp 'sport = :5353'")
    ),
    (
      facts(running: false, holders: [.init(uid: 33, process: nil)]),
      Judged(.fail, "held by a program of user 33", "ss -lunp")
    ),
    (facts(running: false, failure: "port taken"), Judged(.fail, "rd has to start again", "systemctl restart rd")),
  ]

  @Test(arguments: ports) func thePort(_ facts: MulticastChecks.Facts, _ expected: Judged) {
    expected.check(MulticastChecks.port(facts, Known.advice))
  }

  static let echoes: [([LinkTraffic], Judged)] = [
    ([], Judged(.skip, "nothing was sent")), ([link(sent: 0, echoes: 0)], Judged(.skip, "nothing was sent")),
    ([link(sent: 2, echoes: 2)], Judged(.ok, "eth0 (IPv4)")),
    ([link(sent: 2, echoes: 0)], Judged(.fail, "a firewall on this machine drops", "nft list ruleset")),
    (
      [link(sent: 2, echoes: 2), link(sent: 1, echoes: 0, isIPv6: true)],
      Judged(.fail, "do not come back on eth0 (IPv6)", "nft list ruleset")
    ),
    ([link(sent: 2, refused: 2, echoes: 0)], Judged(.fail, "for outgoing packets", "nft list ruleset")),
    ([link(sent: 3, refused: 1, echoes: 2)], Judged(.ok, "come back")),
  ]

  @Test(arguments: echoes) func ownPackets(_ traffic: [LinkTraffic], _ expected: Judged) {
    expected.check(MulticastChecks.echo(Self.facts(traffic)))
  }

  static let voices: [(MulticastChecks.Facts, Judged)] = [
    (facts([link(sent: 1, echoes: 1, heard: 3)], heard: [mini]), Judged(.ok, "seen now: mini")),
    (facts([link(sent: 1, echoes: 1)]), Judged(.skip, "nobody is expected")),
    (facts([link(sent: 1, echoes: 1, heard: 3)]), Judged(.skip, "none of them a node")),
    (
      facts([link(sent: 1, echoes: 1, heard: 3)], expected: [mini]),
      Judged(.warn, "not seen, though other machines are heard", "r doctor peer-77777777")
    ),
    (
      facts([link(sent: 1, echoes: 1)], expected: [mini]),
      Judged(.warn, "This machine's own firewall is not it", "r doctor peer-77777777")
    ),
    (
      facts([link(sent: 1, echoes: 0)], expected: [mini]), Judged(.warn, "firewall on this machine", "nft list ruleset")
    ),
  ]

  @Test(arguments: voices) func others(_ facts: MulticastChecks.Facts, _ expected: Judged) {
    let finding = MulticastChecks.heard(facts)
    expected.check(finding)
    #expect(finding.command?.contains("rm -rf") != true, "a name that a peer chose is in no command")
  }

  @Test func aSecondNodeWithThisIdentityIsNamed() {
    Judged(.ok, "nobody else").check(MulticastChecks.identity(Self.facts(), Known.own))
    Judged(.fail, "announced at 192.0.2.9:8765", "curl -k https://192.0.2.9:8765/v1/p2p/info")
      .check(MulticastChecks.identity(Self.facts(doubles: ["192.0.2.9:8765"]), Known.own))
  }

  static func side(
    running: Bool = true, announces: Bool = true, searches: Bool = true, echoes: Bool? = true, sends: Bool? = true,
    age: Double? = 0.1
  ) -> Reflection.Discovery {
    Reflection.Discovery(
      isRunning: running, announces: announces, searches: searches, echoes: echoes, sends: sends, age: age,
      addresses: age == nil ? [] : ["192.0.2.7:8765"])
  }
  typealias Side = Reflection.Discovery

  static let sights: [(here: Side, there: Side?, near: Bool, seen: Judged, sees: Judged)] = [
    (side(), side(), true, Judged(.ok, "answers over mDNS"), Judged(.ok, "sees this node")),
    (side(), nil, true, Judged(.ok, "answers"), Judged(.skip, "only it can tell")),
    (
      side(age: nil), nil, true, Judged(.warn, "is off, its rd is stopped", "r discover"),
      Judged(.skip, "only it can tell")
    ),
    (side(age: nil), nil, false, Judged(.skip, "on no network of this machine"), Judged(.skip, "only it")),
    (side(running: false, age: nil), side(), true, Judged(.skip, "does not work here"), Judged(.ok, "sees")),
    (side(searches: false, age: nil), side(), true, Judged(.skip, "does not search"), Judged(.ok, "sees")),
    (side(age: nil), side(announces: false), true, Judged(.skip, "does not announce itself"), Judged(.ok, "sees")),
    (
      side(echoes: false, age: nil), side(age: 60), true,
      Judged(.fail, "firewall on this machine drops", "nft list ruleset"),
      Judged(.fail, "60 s ago, and not now", "nft list ruleset")
    ),
    (
      side(age: 45), side(echoes: false, age: nil), true,
      Judged(.fail, "A firewall on mini drops", "nft list ruleset", on: "mini"),
      Judged(.fail, "A firewall on mini drops", "nft list ruleset", on: "mini")
    ),
    (
      side(sends: false), side(age: nil), true, Judged(.ok, "answers"),
      Judged(.fail, "this machine forbids outgoing", "nft list ruleset")
    ),
    (
      side(), side(age: nil), true, Judged(.ok, "answers"),
      Judged(.warn, "lost one way only", "r peers add 192.0.2.7:8765")
    ),
    (
      side(age: nil), side(age: nil), true, Judged(.warn, "isolates its clients", "r peers add 192.0.2.7:8765"),
      Judged(.warn, "lost in between", "r peers add")
    ),
    (
      side(age: nil), side(running: false, age: nil), true,
      Judged(.fail, "does not work on mini", "r doctor", on: "mini"),
      Judged(.fail, "sees nobody", "r doctor", on: "mini")
    ),
    (side(announces: false), side(age: nil), true, Judged(.ok, "answers"), Judged(.skip, "does not announce")),
    (side(), side(searches: false, age: nil), true, Judged(.ok, "answers"), Judged(.skip, "does not search by itself")),
  ]

  @Test(arguments: sights.indices) func whoSeesWhom(_ row: Int) {
    let (here, there, near, seen, sees) = Self.sights[row]
    let facts = VisibilityChecks.Facts(peer: "mini", address: Known.address, isNear: near, here: here, there: there)
    seen.check(VisibilityChecks.sighting(facts))
    sees.check(VisibilityChecks.visibility(facts))
  }

  @Test func theKernelsTablesAreRead() {
    let udp = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
      1005: 0100007F:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 4711 2 0000000000000000 0
      1006: garbage
      """
    #expect(
      ProcNet.sockets(udp) == [.init(address: "127.0.0.1", port: 5353, state: 7, uid: 101, inode: 4711)])
    let tcp6 = """
        sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 00000000000000000000000000000000:223D 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0
         1: 0000000000000000FFFF00000100007F:223D 00000000000000000000000000000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 78 1 0 100 0 0 10 0
      """
    #expect(ProcNet.sockets(tcp6).map(\.address) == ["::", "127.0.0.1"])
    #expect(ProcNet.sockets(tcp6).map(\.state) == [ProcNet.listening, 1])
    let igmp = """
      Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter
      1\tlo        :     1      V3
      \t\t\t\t010000E0     1 0:00000000\t\t0
      2\teth0      :     2      V3
      \t\t\t\tFB0000E0     1 0:00000000\t\t0
      \t\t\t\t010000E0     1 0:00000000\t\t0
      """
    #expect(ProcNet.ipv4Members(igmp) == ["eth0"])
    let igmp6 = """
      1    lo              ff020000000000000000000000000001     1 0000000C 0
      2    eth0            ff0200000000000000000000000000fb     1 00000004 0
      """
    #expect(ProcNet.ipv6Members(igmp6) == ["eth0"])
  }
}
