import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// What is said of a peer, fact by fact.
@Suite struct PeerChecksTests {
  static func facts(
    _ outcome: AddressChecks.Outcome, _ evidence: AddressChecks.Evidence = .init(), spare: Bool = false,
    at address: PeerAddress = Known.address
  ) -> AddressChecks.Facts {
    AddressChecks.Facts(
      peer: "mini", address: address, outcome: outcome, evidence: evidence, timeout: 4, isSpare: spare)
  }
  static let zoned = PeerAddress(host: "fe80::1%eth0", port: 8765)

  static let addresses: [(AddressChecks.Facts, Judged)] = [
    (facts(.connected(milliseconds: 1.26)), Judged(.ok, "192.0.2.7:8765 accepts connections (1.3 ms)")),
    (facts(.refused), Judged(.fail, "its rd is not running", "systemctl status rd", on: "mini")),
    (facts(.refused, spare: true), Judged(.warn, "Another address of it works", "systemctl status rd", on: "mini")),
    (
      facts(.timedOut, .init(otherPortAnswers: true, neighbor: .answered, isNear: true)),
      Judged(.fail, "drops TCP port 8765", "nft list ruleset", on: "mini")
    ),
    (
      facts(.unreachable, .init(otherPortAnswers: true)),
      Judged(.fail, "drops TCP port 8765", "nft list ruleset", on: "mini")
    ),
    (facts(.timedOut, .init(neighbor: .silent, isNear: true)), Judged(.fail, "off, asleep", "ping -c1 192.0.2.7")),
    (facts(.unreachable, .init(isNear: true)), Judged(.fail, "Nobody on the local network", "ping -c1 192.0.2.7")),
    (facts(.unreachable), Judged(.fail, "A router says", "ping -c1")),
    (facts(.timedOut), Judged(.fail, "does not answer within 4 s", "ping -c1")),
    (
      facts(.timedOut, .init(neighbor: .answered, isNear: true), at: zoned),
      Judged(.fail, "If ping is answered, it is the firewall", "ping -c1 fe80::1%eth0")
    ),
    (facts(.noRoute, at: zoned), Judged(.fail, "no route to fe80::1", "ip route get fe80::1")),
    (facts(.unknownName), Judged(.fail, "is not known", "getent hosts 192.0.2.7")),
    (
      facts(.failed("Permission denied"), at: zoned),
      Judged(.fail, "Permission denied", "curl -k 'https://[fe80::1%25eth0]:8765/health'")
    ),
  ]

  @Test(arguments: addresses) func anAddress(_ facts: AddressChecks.Facts, _ expected: Judged) {
    expected.check(AddressChecks.judge(facts))
  }

  static func info(_ version: String? = "1.0", claimed: PeerID? = nil) -> IdentificationChecks.Info {
    .init(
      name: "mini", version: "0.1.0", protocolVersion: version.flatMap(ProtocolVersion.init),
      claimed: claimed?.description, clockOffset: nil)
  }
  static let third = PeerID("peer-22222222222222222222222222222222")!
  static let curl = "curl -k https://192.0.2.7:8765/v1/p2p/info"

  static let answers: [(expected: PeerID?, IdentificationChecks.Answer, other: String?, Judged)] = [
    (Known.other, .node(Known.other, info(claimed: Known.other)), nil, Judged(.ok, "peer-7777")),
    (nil, .node(Known.other, info()), nil, Judged(.ok, "answers over TLS")),
    (
      Known.other, .node(third, info()), "box",
      Judged(.fail, "box (peer-22222222) answers at 192.0.2.7:8765, not mini", curl)
    ),
    (Known.other, .node(third, info()), nil, Judged(.fail, "set up anew", curl)),
    (nil, .node(Known.own, info()), nil, Judged(.fail, "this node itself", "ip addr")),
    (Known.other, .node(Known.other, info(claimed: third)), nil, Judged(.fail, "with the key of peer-7777", curl)),
    (Known.other, .silent, nil, Judged(.fail, "rd hangs", "journalctl -u rd -n 50", on: "mini")),
    (Known.other, .noTLS, nil, Judged(.fail, "does not speak TLS", curl)),
    (nil, .noNode(third), nil, Judged(.fail, "not a node", curl)),
  ]

  @Test(arguments: answers.indices) func whoAnswers(_ row: Int) {
    let (expected, answer, other, judged) = Self.answers[row]
    judged.check(
      IdentificationChecks.identity(
        .init(
          peer: "mini", expected: expected, address: Known.address, answer: answer, own: Known.own, otherName: other)))
  }

  static let versions: [(theirs: String?, own: ProtocolVersion, Judged)] = [
    ("1.0", .current, Judged(.ok, "protocol 1.0")), ("1.9", .current, Judged(.ok, "protocol 1.9")),
    ("2.0", .current, Judged(.fail, "rd here is too old", "rd --version")),
    ("1.0", .init(major: 2, minor: 0), Judged(.fail, "rd on mini is too old", "rd --version", on: "mini")),
    ("nonsense", .current, Judged(.warn, "does not tell", "curl -k")),
  ]

  @Test(arguments: versions.indices) func versionsFitOrAreNamed(_ row: Int) {
    let (theirs, own, judged) = Self.versions[row]
    judged.check(IdentificationChecks.version(Self.info(theirs), peer: "mini", at: Known.address, own: own))
  }

  @Test func health() {
    Judged(.ok, "ok").check(IdentificationChecks.health(nil, peer: "mini"))
    Judged(.fail, "status 503", "journalctl -u rd -n 50", on: "mini")
      .check(IdentificationChecks.health("status 503", peer: "mini"))
  }

  static let standings: [(PeerStatus, TrustLevel, Judged)] = [
    (.approved, .trusted, Judged(.ok, "trusted")),
    (.pending, .pending, Judged(.warn, "1234-5678", "r approve peer-77777777")),
    (.discovered, .unknown, Judged(.warn, "has not asked", "r approve peer-77777777")),
    (.rejected, .unknown, Judged(.fail, "you have rejected", "r approve peer-77777777")),
    (.blocked, .unknown, Judged(.fail, "you have blocked", "r remove peer-77777777")),
  ]

  @Test(arguments: standings) func whatItMayDoHere(_ status: PeerStatus, _ trust: TrustLevel, _ expected: Judged) {
    let peer = Peer(
      id: Known.other, name: "mini", host: "192.0.2.7", port: 8765, status: status, trust: trust,
      verificationCode: "1234-5678")
    expected.check(TrustChecks.here(peer))
  }

  static let approve = "r approve peer-aaaqeaye --trust trusted"
  static let refusal = NodeError(.notApproved, "this node refuses the peer")
  static let handshakes: [(TrustChecks.Handshake, shaken: Judged, granted: Judged)] = [
    (.authenticated(.trusted), Judged(.ok, "succeeds"), Judged(.ok, "trust level trusted")),
    (.authenticated(.full), Judged(.ok, "succeeds"), Judged(.ok, "full")),
    (
      .authenticated(.basic), Judged(.ok, "succeeds"),
      Judged(.warn, "but no skills", "r trust peer-aaaqeaye trusted", on: "mini")
    ),
    (.pending, Judged(.ok, "waits on mini"), Judged(.fail, "has not approved", approve, on: "mini")),
    (.refused(refusal), Judged(.ok, "a refusal"), Judged(.fail, "rejected or blocked", approve, on: "mini")),
    (
      .refused(NodeError(.rateLimited, "too many")), Judged(.fail, "Too many requests", "journalctl", on: "mini"),
      Judged(.skip, "handshake fails")
    ),
    (
      .failed(NodeError(.unauthenticated, "no proof")),
      Judged(.fail, "something stands in between", "journalctl", on: "mini"),
      Judged(.skip, "unknown")
    ),
    (.notTried("mini is not reached"), Judged(.skip, "not reached"), Judged(.skip, "not reached")),
  ]

  @Test(arguments: handshakes.indices) func theHandshake(_ row: Int) {
    let (outcome, shaken, granted) = Self.handshakes[row]
    shaken.check(TrustChecks.handshake(outcome, peer: "mini"))
    granted.check(TrustChecks.there(outcome, peer: "mini", own: Known.own))
  }

  static let trips: [([Double], Judged)] = [
    ([3, 1, 2, 5, 4], Judged(.ok, "1.0 ms at best, 3.0 ms usually")), ([], Judged(.skip, "no round trip")),
    ([900, 700, 800, 600, 650], Judged(.warn, "slow", "ping -c5 192.0.2.7")),
    ([1, 2, 3], Judged(.warn, "2 of 5 round trips failed", "ping -c5 192.0.2.7")),
  ]

  @Test(arguments: trips) func latency(_ milliseconds: [Double], _ expected: Judged) {
    expected.check(ServiceChecks.latency(milliseconds, of: 5, peer: "mini", at: Known.address))
  }

  static let limits: [(here: Int, there: Int?, last: CallTimeout?, median: Double?, Judged)] = [
    (120, 120, nil, 1, Judged(.ok, "120 s here, 120 s on mini")), (120, nil, nil, nil, Judged(.ok, "120 s here")),
    (
      120, 120, .init(at: 1_000_000, limit: 120), 1,
      Judged(.warn, "set p2p.task_timeout to 300 in /etc/r-cli/config.yaml", "r config | grep task_timeout")
    ),
    (
      120, 60, .init(at: 1_000_000, limit: 120), 1,
      Judged(.warn, "The smaller limit is that of mini", "r config | grep task_timeout", on: "mini")
    ),
    (120, nil, .init(at: 1_000_000, limit: 9), 800, Judged(.warn, "The network is slow (800.0 ms)", "task_timeout")),
    (120, 120, .init(at: 1_000_000 - 86_400, limit: 9), 1, Judged(.ok, "no call has timed out")),
    (10, 10, nil, 600, Judged(.warn, "little for a network this slow", "r config | grep task_timeout")),
  ]

  @Test(arguments: limits.indices) func timeLimits(_ row: Int) {
    let (here, there, last, median, judged) = Self.limits[row]
    judged.check(
      ServiceChecks.timeout(
        here: here, there: there, last: last, median: median, peer: "mini", now: 1_000_100, Known.advice))
  }

  static func skill(_ name: String, missing: String? = nil) -> SkillDescription {
    SkillDescription(name: name, summary: "", tools: [], unavailable: missing)
  }
  static let offers: [([SkillDescription]?, NodeError?, hidden: [String], Judged)] = [
    ([skill("text")], nil, ["ssh"], Judged(.ok, "mini offers text; hidden from it here: ssh")),
    (nil, nil, [], Judged(.skip, "not for this node")),
    (nil, NodeError(.timedOut, "too late"), [], Judged(.fail, "too late", "r skills peer-77777777")),
    ([], nil, [], Judged(.warn, "leave nothing", "r config", on: "mini")),
    (
      [skill("pdf", missing: "pdftotext is missing")], nil, [],
      Judged(.warn, "pdftotext is missing", "r skills peer-77777777")
    ),
  ]

  @Test(arguments: offers.indices) func skills(_ row: Int) {
    let (offered, error, hidden, judged) = Self.offers[row]
    judged.check(ServiceChecks.skills(offered, error: error, hidden: hidden, peer: "mini", Known.other))
  }

  static let words: [(String, PeerAddress?)] = [
    ("192.0.2.7", Known.address), ("192.0.2.7:80", .init(host: "192.0.2.7", port: 80)),
    ("nas.example.com", .init(host: "nas.example.com", port: 8765)), ("nas:8765", .init(host: "nas", port: 8765)),
    ("[fe80::1%eth0]:9", .init(host: "fe80::1%eth0", port: 9)), ("fd00::1", .init(host: "fd00::1", port: 8765)),
    ("mini", nil), ("a b.c", nil), ("192.0.2.7:0", nil), ("192.0.2.7:65536", nil), ("$(id).x", nil), ("[::1", nil),
  ]

  @Test(arguments: words) func aWordThatIsAnAddress(_ word: String, _ expected: PeerAddress?) {
    #expect(AddressText.address(word, usualPort: 8765) == expected)
  }
}
