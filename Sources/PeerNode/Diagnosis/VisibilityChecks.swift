import LocalAPI
import PeerModel

/// Who sees whom by mDNS, and where packets are lost when only one does.
enum VisibilityChecks {
  struct Facts: Sendable {
    var peer: String
    /// The address that works, or the first that is known.
    var address: PeerAddress?
    var isNear: Bool
    /// mDNS here; `age` and `addresses` are of the peer.
    var here: Reflection.Discovery
    /// mDNS there; nil when the peer did not say.
    var there: Reflection.Discovery?
  }

  /// An announcement that is newer than this, seconds, was an answer to what was just asked.
  static let freshness = 3.0

  /// Whether we see the peer.
  static func sighting(_ facts: Facts) -> Finding {
    func finding(
      _ status: Finding.Status, _ summary: String, _ cause: String? = nil, _ command: String? = nil, on: String? = nil
    )
      -> Finding
    {
      Finding(
        .peerSighting, Section.peer(facts.peer), status, summary, cause: cause, command: command, on: on,
        details: ["seen_seconds_ago": facts.here.age?.json ?? .null, "seen_at": facts.here.addresses.json])
    }
    if let age = facts.here.age, age <= freshness {
      return finding(.ok, "\(facts.peer) answers over mDNS, at \(facts.here.addresses.joined(separator: ", "))")
    }
    guard facts.here.isRunning, facts.here.searches else {
      return finding(.skip, facts.here.isRunning ? "this node does not search" : "mDNS does not work here")
    }
    if facts.there?.announces == false {
      return finding(.skip, "\(facts.peer) does not announce itself (p2p.advertise_mdns is false there)")
    }
    guard facts.isNear || facts.here.age != nil else {
      return finding(
        .skip, "\(facts.peer) is on no network of this machine: mDNS does not reach it, its address does")
    }
    let summary =
      facts.here.age.map {
        "\(facts.peer) was last heard over mDNS \(SpanText.seconds($0)) ago, and does not answer now"
      }
      ?? "\(facts.peer) is not seen over mDNS"
    if let blame = firewall(facts) { return finding(.fail, summary, blame.cause, blame.command, on: blame.place) }
    guard let there = facts.there else {
      return finding(
        .warn, summary, "It is off, its rd is stopped, or packets are lost; what its address says tells which.",
        "r discover")
    }
    guard there.isRunning else {
      return finding(.fail, summary, "mDNS does not work on \(facts.peer).", "r doctor", on: facts.peer)
    }
    return finding(.warn, summary, between(facts), add(facts))
  }

  /// Whether the peer sees us.
  static func visibility(_ facts: Facts) -> Finding {
    func finding(
      _ status: Finding.Status, _ summary: String, _ cause: String? = nil, _ command: String? = nil, on: String? = nil
    )
      -> Finding
    {
      Finding(
        .peerVisibility, Section.peer(facts.peer), status, summary, cause: cause, command: command, on: on,
        details: ["reflection": facts.there?.json ?? .null])
    }
    guard let there = facts.there else {
      return finding(.skip, "whether \(facts.peer) sees this node only it can tell, once it has approved this node")
    }
    if let age = there.age, age <= freshness {
      return finding(.ok, "\(facts.peer) sees this node, at \(there.addresses.joined(separator: ", "))")
    }
    guard facts.here.announces else { return finding(.skip, "this node does not announce itself") }
    guard there.isRunning else {
      return finding(
        .fail, "\(facts.peer) sees nobody: mDNS does not work there", "Its own doctor says why.", "r doctor",
        on: facts.peer)
    }
    guard there.searches else { return finding(.skip, "\(facts.peer) does not search by itself") }
    guard facts.isNear || there.age != nil else {
      return finding(.skip, "\(facts.peer) is on no network of this machine: mDNS does not connect the two")
    }
    let summary =
      there.age.map { "\(facts.peer) last heard this node \(SpanText.seconds($0)) ago, and not now" }
      ?? "\(facts.peer) does not see this node"
    if let blame = firewall(facts) { return finding(.fail, summary, blame.cause, blame.command, on: blame.place) }
    let isSeenHere = facts.here.age.map { $0 <= freshness } ?? false
    let oneWay = isSeenHere ? "It is seen here, so packets are lost one way only. " : ""
    return finding(.warn, summary, oneWay + between(facts), add(facts))
  }

  private struct Blame {
    var cause: String
    var command = MulticastChecks.showFirewall
    var place: String?
  }

  /// A machine whose own packets do not come back to it drops them itself.
  private static func firewall(_ facts: Facts) -> Blame? {
    if facts.here.sends == false {
      return Blame(cause: "A firewall on this machine forbids outgoing packets on UDP port 5353.")
    }
    if facts.here.echoes == false { return Blame(cause: "A firewall on this machine drops UDP port 5353.") }
    if facts.there?.sends == false {
      return Blame(cause: "A firewall on \(facts.peer) forbids outgoing packets on UDP port 5353.", place: facts.peer)
    }
    if facts.there?.echoes == false {
      return Blame(cause: "A firewall on \(facts.peer) drops UDP port 5353.", place: facts.peer)
    }
    return nil
  }

  private static func between(_ facts: Facts) -> String {
    "Neither machine drops its own packets, so they are lost in between: a firewall that lets a machine's own packets "
      + "through, an access point that isolates its clients, or a switch that loses multicast. Its address works without "
      + "mDNS."
  }

  private static func add(_ facts: Facts) -> String? {
    facts.address.map { "r peers add \(ShellText.quoted("\($0)"))" }
  }
}
