import LocalAPI
import MulticastDNS
import PeerModel

/// Whether packets on UDP port 5353 go out, come back, and come from others.
enum MulticastChecks {
  /// A program that has a socket on UDP port 5353.
  struct Holder: Hashable, Sendable {
    var uid: Int
    /// Nil when it may not be read.
    var process: String?
    var text: String { process ?? "a program of user \(uid)" }
  }

  /// A peer by the name it claims, which goes into no command, and its identity.
  struct Known: Hashable, Sendable {
    var name: String
    var id: PeerID
  }

  struct Facts: Sendable {
    /// Whether the engine runs.
    var isRunning: Bool
    /// Why it does not.
    var failure: String?
    /// Others than this daemon.
    var holders: [Holder]
    /// What each link carried while the network was asked who is there; empty when nothing was asked.
    var traffic: [LinkTraffic] = []
    /// Peers on these networks that should have answered, and those that did.
    var expected: [Known] = []
    var heard: [Known] = []
    /// Where this node's identity is announced by somebody else.
    var doubles: [String] = []
  }

  static let showHolders = "ss -lunp 'sport = :5353'"
  static let showFirewall = "nft list ruleset"

  static func port(_ facts: Facts, _ advice: Advice) -> Finding {
    let others = Array(Set(facts.holders.map(\.text))).sorted().joined(separator: ", ")
    let details: [String: JSONValue] = ["holders": facts.holders.map(\.text).json]
    guard !facts.isRunning else {
      return Finding(
        .multicastPort, Section.network, .ok,
        facts.holders.isEmpty ? "UDP port 5353 is open" : "UDP port 5353 is open, shared with \(others)",
        details: details)
    }
    if facts.holders.isEmpty {
      return Finding(
        .multicastPort, Section.network, .fail, "mDNS does not work here: \(facts.failure ?? "it was not started")",
        cause:
          "Nobody else holds UDP port 5353 now. If another program held it when rd started, rd has to start again.",
        command: advice.restart, details: details)
    }
    return Finding(
      .multicastPort, Section.network, .fail, "UDP port 5353 is held by \(others), which does not share it",
      cause: "No other program can take part in mDNS beside it. End it or make it share the port, then: "
        + "\(advice.restart). Until then, add peers by address: r peers add HOST.",
      command: showHolders, details: details)
  }

  static func echo(_ facts: Facts) -> Finding {
    let sent = facts.traffic.filter { $0.sent > 0 }
    let details: [String: JSONValue] = [
      "links": .array(
        facts.traffic.map { link in
          [
            "interface": link.interface.json, "family": link.isIPv6 ? "IPv6" : "IPv4", "sent": link.sent.json,
            "refused": link.sendFailures.json, "echoes": link.echoes.json, "heard": link.heard.json,
          ]
        })
    ]
    func names(_ links: [LinkTraffic]) -> String {
      links.map { "\($0.interface) (\($0.isIPv6 ? "IPv6" : "IPv4"))" }.joined(separator: ", ")
    }
    guard !sent.isEmpty else {
      return Finding(.multicastEcho, Section.network, .skip, "nothing was sent", details: details)
    }
    let refused = sent.filter { $0.sendFailures > 0 && $0.echoes == 0 }
    if !refused.isEmpty {
      return Finding(
        .multicastEcho, Section.network, .fail, "the kernel does not let packets out on \(names(refused))",
        cause:
          "A firewall rule on this machine for outgoing packets forbids UDP port 5353: others cannot see this node.",
        command: showFirewall, details: details)
    }
    let deaf = sent.filter { $0.echoes == 0 }
    if !deaf.isEmpty {
      return Finding(
        .multicastEcho, Section.network, .fail, "own packets do not come back on \(names(deaf))",
        cause: "The kernel hands every multicast packet back to its sender: a firewall on this machine drops UDP port "
          + "5353, so nobody is seen here.", command: showFirewall, details: details)
    }
    return Finding(
      .multicastEcho, Section.network, .ok, "packets go out and come back on \(names(sent))", details: details)
  }

  static func heard(_ facts: Facts) -> Finding {
    let packets = facts.traffic.map(\.heard).reduce(0, +)
    let details: [String: JSONValue] = [
      "packets": packets.json, "expected": facts.expected.map(\.id).json, "answered": facts.heard.map(\.id).json,
    ]
    if !facts.heard.isEmpty {
      return Finding(
        .multicastHeard, Section.network, .ok, "seen now: \(facts.heard.map(\.name).joined(separator: ", "))",
        details: details)
    }
    guard !facts.expected.isEmpty else {
      return Finding(
        .multicastHeard, Section.network, .skip,
        packets > 0 ? "other machines are heard, none of them a node" : "nobody else was heard, and nobody is expected",
        details: details)
    }
    let echoWorks = facts.traffic.contains { $0.echoes > 0 }
    let names = facts.expected.map(\.name).joined(separator: ", ")
    let ask = "r doctor \(facts.expected[0].id.short)"
    guard packets == 0 else {
      return Finding(
        .multicastHeard, Section.network, .warn, "\(names) not seen, though other machines are heard",
        cause: "Their rd is not running or does not announce itself, or a firewall there drops UDP port 5353.",
        command: ask, details: details)
    }
    return Finding(
      .multicastHeard, Section.network, .warn, "sent, and nobody else was heard, though \(names) should be here",
      cause: echoWorks
        ? "This machine's own firewall is not it. Firewalls on the others, an access point that isolates its clients, or a "
          + "switch that loses multicast may be: ask about one of them."
        : "A firewall on this machine drops UDP port 5353.",
      command: echoWorks ? ask : showFirewall, details: details)
  }

  static func identity(_ facts: Facts, _ id: PeerID) -> Finding {
    guard !facts.doubles.isEmpty else {
      return Finding(.multicastIdentity, Section.network, .ok, "nobody else announces this node's identity")
    }
    return Finding(
      .multicastIdentity, Section.network, .fail,
      "this node's identity is also announced at \(facts.doubles.joined(separator: ", "))",
      cause:
        "A second machine runs with a copy of this node's identity.key: peers cannot tell the two apart. On the copy, "
        + "stop rd and remove identity.key and identity.crt from its state folder.",
      command: "curl -k https://\(facts.doubles[0])/v1/p2p/info", details: ["addresses": facts.doubles.json])
  }
}
