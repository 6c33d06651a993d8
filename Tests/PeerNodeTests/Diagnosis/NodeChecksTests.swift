import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// What is said of this node, fact by fact.
@Suite struct NodeChecksTests {
  static func facts(_ change: (inout IdentityChecks.Facts) -> Void = { _ in }) -> IdentityChecks.Facts {
    var facts = IdentityChecks.Facts(
      folder: "/var/lib/rd", keyMode: 0o600, keyID: Known.own, certificateMatches: true, isWritable: true,
      freeBytes: 1 << 40)
    change(&facts)
    return facts
  }

  static let identities: [(IdentityChecks.Facts, CheckID, Judged)] = [
    (facts(), .nodeIdentity, Judged(.ok, "its key is private")),
    (facts { $0.keyMode = nil }, .nodeIdentity, Judged(.fail, "identity.key is gone", "ls -l /var/lib/rd")),
    (facts { $0.keyMode = 0o640 }, .nodeIdentity, Judged(.fail, "mode 0640", "chmod 600 /var/lib/rd/identity.key")),
    (facts { $0.keyID = Known.other }, .nodeIdentity, Judged(.fail, "not the key", "ls -l /var/lib/rd/identity.key")),
    (facts { $0.keyID = nil }, .nodeIdentity, Judged(.fail, "not the key", "ls -l")),
    (facts(), .nodeCertificate, Judged(.ok, "matches")),
    (
      facts { $0.certificateMatches = nil }, .nodeCertificate,
      Judged(.warn, "missing or damaged", "systemctl restart rd")
    ),
    (facts { $0.certificateMatches = false }, .nodeCertificate, Judged(.warn, "another key", "systemctl restart rd")),
    (facts(), .nodeState, Judged(.ok, "can be written")),
    (facts { $0.isWritable = false }, .nodeState, Judged(.fail, "cannot be written", "ls -ld /var/lib/rd")),
    (facts(), .nodeSpace, Judged(.ok, "MiB are free")),
    (facts { $0.freeBytes = (512 << 20) - 1 }, .nodeSpace, Judged(.warn, "511 MiB", "df -h /var/lib/rd")),
    (facts { $0.freeBytes = (64 << 20) - 1 }, .nodeSpace, Judged(.fail, "refused below 64 MiB", "df -h")),
    (facts { $0.freeBytes = nil }, .nodeSpace, Judged(.skip, "does not tell")),
  ]

  @Test(arguments: identities)
  func identityAndState(_ facts: IdentityChecks.Facts, _ check: CheckID, _ expected: Judged) throws {
    let findings = IdentityChecks.judge(facts, running: Known.own, Known.advice)
    expected.check(try #require(findings.first { $0.id == check.rawValue }))
  }

  static let clocks: [(now: Int, made: Int?, Judged)] = [
    (1_800_000_000, 1_790_000_000, Judged(.ok, "plausible")), (1_800_000_000, nil, Judged(.ok, "plausible")),
    (1_800_000_000, 1_800_000_059, Judged(.ok, "plausible")),
    (1_800_000_000, 1_800_000_061, Judged(.fail, "before this node's identity", "date -u")),
    (0, nil, Judged(.fail, "before this software was made", "date -u")),
  ]

  @Test(arguments: clocks) func theClock(_ now: Int, _ made: Int?, _ expected: Judged) {
    expected.check(ClockChecks.judge(now: now, identityMade: made))
  }

  static let offsets: [(Double?, Judged)] = [
    (nil, Judged(.skip, "older version")), (0.2, Judged(.ok, "within 200 ms")), (-30, Judged(.ok, "30 s")),
    (31, Judged(.warn, "31 s ahead", "date +%s")), (-900, Judged(.warn, "15 min behind", "date +%s")),
    (901, Judged(.fail, "lifetime of a token (900 s)", "curl -sk https://192.0.2.7:8765/v1/p2p/info")),
  ]

  @Test(arguments: offsets) func twoClocks(_ offset: Double?, _ expected: Judged) {
    expected.check(ClockChecks.judge(offset: offset, lifetime: 900, peer: "mini", at: Known.address))
  }

  static func p2p(_ change: (inout Configuration.P2P) -> Void = { _ in }) -> Configuration.P2P {
    var p2p = Configuration.P2P()
    change(&p2p)
    return p2p
  }

  static let settings: [(Configuration.P2P, CheckID, Judged)] = [
    (
      p2p { $0.enabled = false }, .configEnabled, Judged(.fail, "then: systemctl restart rd", "r config | grep enabled")
    ),
    (p2p(), .configEnabled, Judged(.ok, "on")), (p2p(), .configApproval, Judged(.ok, "your approval")),
    (
      p2p {
        $0.requireApproval = false; $0.defaultTrust = .full
      }, .configApproval,
      Judged(.warn, "trust level full", "r config | grep require_approval")
    ),
    (
      p2p { $0.advertiseMDNS = false }, .configAdvertise,
      Judged(
        .warn, "set p2p.advertise_mdns to true in /etc/r-cli/config.yaml, then: systemctl reload rd",
        "grep advertise_mdns")
    ),
    (p2p { $0.autoDiscover = false }, .configDiscover, Judged(.warn, "only when asked", "grep auto_discover")),
    (p2p { $0.hideSkills = ["pdf"] }, .configSkills, Judged(.ok, "peers may use text; hidden from them: pdf")),
    (p2p { $0.exposeSkills = ["sql"] }, .configSkills, Judged(.warn, "names sql", "r skills")),
    (p2p { $0.hideSkills = ["pdf", "text"] }, .configSkills, Judged(.warn, "leave nothing", "r config")),
  ]

  @Test(arguments: settings)
  func theConfiguration(_ p2p: Configuration.P2P, _ check: CheckID, _ expected: Judged) throws {
    let findings = ConfigurationChecks.judge(p2p, skills: ["pdf", "text"], Known.advice)
    expected.check(try #require(findings.first { $0.id == check.rawValue }))
  }

  static let listeners: [(bound: [String], ListenerChecks.Answer, port: Judged, reach: Judged)] = [
    (["::"], .own, Judged(.ok, "this node answers"), Judged(.ok, "every address")),
    (["10.0.0.1"], .own, Judged(.ok, "this node answers"), Judged(.ok, "bound to 10.0.0.1")),
    (
      ["127.0.0.1", "::1"], .own, Judged(.ok, "this node answers"),
      Judged(.fail, "no other machine can reach it", "ss -ltn 'sport = :8765'")
    ),
    ([], .none("the connection is refused"), Judged(.fail, "refused", "ss -ltn"), Judged(.skip, "does not tell")),
    (["::"], .other(Known.other), Judged(.fail, "peer-7777", "ss -ltn"), Judged(.ok, "every address")),
    (["::"], .other(nil), Judged(.fail, "another program", "ss -ltn"), Judged(.ok, "every address")),
  ]

  @Test(arguments: listeners)
  func theListener(_ bound: [String], _ answer: ListenerChecks.Answer, _ port: Judged, _ reach: Judged) {
    let findings = ListenerChecks.judge(.init(port: 8765, bound: bound, answer: answer), Known.advice)
    port.check(findings[0])
    reach.check(findings[1])
  }

  @Test func theCommandsFitTheWayTheDaemonWasStarted() {
    var advice = Known.advice
    advice.start = .userUnit
    #expect(advice.reload == "systemctl --user reload rd")
    #expect(advice.restart == "systemctl --user restart rd")
    advice.start = .foreground(pid: 47)
    #expect(advice.reload == "kill -HUP 47")
    #expect(advice.change("p2p.enabled", to: "true", restarting: true).hasSuffix("then: kill 47, and start rd again"))
  }
}
