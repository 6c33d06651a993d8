import LocalAPI
import MulticastDNS
import PeerModel

/// What a TCP connection to an address tells of the machine behind it.
enum AddressChecks {
  enum Outcome: Hashable, Sendable {
    case connected(milliseconds: Double)
    /// The machine is there and nothing listens.
    case refused
    case timedOut
    /// The kernel or a router says that it cannot be reached (EHOSTUNREACH).
    case unreachable
    /// No route leads there (ENETUNREACH).
    case noRoute
    case unknownName
    case failed(String)
  }

  /// What else is known of a machine that did not answer on its port.
  struct Evidence: Hashable, Sendable {
    /// Another port of it, where nothing listens, answered at once.
    var otherPortAnswers = false
    var neighbor: Neighbor?
    /// It is on a network of this machine.
    var isNear = false
  }

  struct Facts: Sendable {
    var peer: String
    var address: PeerAddress
    var outcome: Outcome
    var evidence = Evidence()
    /// Seconds that were waited.
    var timeout: Double
    /// Another address of the same peer answers.
    var isSpare = false
  }

  static func judge(_ facts: Facts) -> Finding {
    let address = facts.address
    let health = "curl -k \(ShellText.url(address, "/health"))"
    let ping = "ping -c1 \(ShellText.quoted(address.host))"
    func finding(_ summary: String, _ cause: String, _ command: String, on place: String? = nil, _ kind: String)
      -> Finding
    {
      Finding(
        .peerAddress, Section.peer(facts.peer), facts.isSpare ? .warn : .fail, summary,
        cause: facts.isSpare ? cause + " Another address of it works." : cause, command: command, on: place,
        details: ["address": "\(address)".json, "outcome": kind.json])
    }
    switch facts.outcome {
    case .connected(let milliseconds):
      return Finding(
        .peerAddress, Section.peer(facts.peer), .ok,
        "\(address) accepts connections (\(SpanText.milliseconds(milliseconds)))",
        details: ["address": "\(address)".json, "outcome": "connected", "connect_ms": milliseconds.json])
    case .refused:
      return finding(
        "\(address) refuses the connection",
        "The machine is on, and nothing listens on port \(address.port) there: its rd is not running, listens on another "
          + "port, or only on its loopback.", "systemctl status rd", on: facts.peer, "refused")
    case .unknownName:
      return finding(
        "the host name \(address.host) is not known",
        "DNS has no address for it: the name is misspelt or not reachable "
          + "from here.", "getent hosts \(ShellText.quoted(address.host))", "unknown_name")
    case .noRoute:
      return finding(
        "this machine has no route to \(address.host)",
        "It has no network in common with the peer and no default route, or the interface is down.",
        "ip route get \(ShellText.quoted(String(address.host.prefix { $0 != "%" })))", "no_route")
    case .timedOut, .unreachable:
      if facts.evidence.otherPortAnswers {
        return finding(
          "\(address.host) is on, but port \(address.port) does not answer",
          "A firewall on the peer or before it drops TCP port \(address.port): other ports of the machine answer.",
          MulticastChecks.showFirewall, on: facts.peer, "filtered")
      }
      if facts.outcome == .unreachable || facts.evidence.neighbor == .silent {
        return finding(
          "\(address.host) is not there",
          facts.evidence.isNear
            ? "Nobody on the local network answers for this address: the machine is off, asleep, unplugged, or has "
              + "another address now."
            : "A router says that it cannot be reached: the machine is off, or its network is.", ping, "absent")
      }
      return finding(
        "\(address) does not answer within \(SpanText.seconds(facts.timeout))",
        "No sign of life: the machine is off or asleep, has another address now, or a firewall there drops everything. "
          + "If ping is answered, it is the firewall.", ping, "silent")
    case .failed(let reason):
      return finding(
        "\(address) cannot be connected to: \(reason)", "The system refused the connection.", health, "failed")
    }
  }
}
