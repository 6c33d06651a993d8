import LocalAPI
import PeerModel

/// How well a peer serves: latency, time limits, skills.
enum ServiceChecks {
  /// Round trips that are slower than this, milliseconds, are worth a remark.
  static let slow = 500.0
  /// How long a timeout is remembered, seconds.
  static let memory = 24 * 3600

  /// - Parameter milliseconds: of each round trip; those that failed are missing.
  static func latency(_ milliseconds: [Double], of tries: Int, peer: String, at address: PeerAddress) -> Finding {
    let section = Section.peer(peer)
    let sorted = milliseconds.sorted()
    guard let least = sorted.first else { return Finding(.peerLatency, section, .skip, "no round trip was measured") }
    let median = sorted[sorted.count / 2]
    let text = "round trip \(SpanText.milliseconds(least)) at best, \(SpanText.milliseconds(median)) usually"
    let details: [String: JSONValue] = [
      "minimum_ms": least.json, "median_ms": median.json, "lost": (tries - sorted.count).json,
    ]
    let ping = "ping -c5 \(ShellText.quoted(address.host))"
    if sorted.count < tries {
      return Finding(
        .peerLatency, section, .warn, "\(tries - sorted.count) of \(tries) round trips failed; \(text)",
        cause: "The network loses packets, or the peer is overloaded.", command: ping, details: details)
    }
    guard median > slow else { return Finding(.peerLatency, section, .ok, text, details: details) }
    return Finding(
      .peerLatency, section, .warn, text, cause: "The network to the peer is slow, or the peer is busy.", command: ping,
      details: details)
  }

  /// - Parameters:
  ///   - here: this node's p2p.task_timeout, seconds.
  ///   - there: the peer's; nil when it did not say.
  ///   - median: of the round trips, milliseconds.
  static func timeout(
    here: Int, there: Int?, last: CallTimeout?, median: Double?, peer: String, now: Int, _ advice: Advice
  ) -> Finding {
    let section = Section.peer(peer)
    let isThere = there.map { $0 < here } ?? false
    let limits = "p2p.task_timeout is \(here) s here" + (there.map { ", \($0) s on \(peer)" } ?? "")
    let details: [String: JSONValue] = [
      "here": here.json, "there": there?.json ?? .null, "last_timeout": last?.at.json ?? .null,
    ]
    func advised(_ cause: String) -> String {
      let wanted = "\(max(300, 2 * here))"
      return isThere
        ? cause
          + " The smaller limit is that of \(peer): raise p2p.task_timeout in its configuration, then reload its rd."
        : cause + " To allow more, \(advice.change("p2p.task_timeout", to: wanted))"
          + (there == nil ? "." : "; \(peer) has a limit of its own.")
    }
    if let last, now - last.at < memory {
      let network = median.map {
        $0 > slow
          ? "The network is slow (\(SpanText.milliseconds($0)))."
          : "The network is fast (\(SpanText.milliseconds($0))), so it was the work that took longer."
      }
      return Finding(
        .peerTimeout, section, .warn,
        "a call to \(peer) did not end within \(SpanText.seconds(last.limit)), \(SpanText.seconds(Double(now - last.at))) ago; \(limits)",
        cause: advised(network ?? "Whether the network or the work was slow is not known."),
        command: Advice.show("p2p.task_timeout"), on: isThere ? peer : nil, details: details)
    }
    if let median, median / 1000 * 20 > Double(min(here, there ?? here)) {
      return Finding(
        .peerTimeout, section, .warn, "\(limits), which is little for a network this slow",
        cause: advised("Twenty round trips take longer than a call may."), command: Advice.show("p2p.task_timeout"),
        on: isThere ? peer : nil, details: details)
    }
    return Finding(.peerTimeout, section, .ok, "no call has timed out; \(limits)", details: details)
  }

  /// - Parameters:
  ///   - offered: what the peer lists; nil when it may not be asked.
  ///   - hidden: what this node hides from all peers.
  static func skills(_ offered: [SkillDescription]?, error: NodeError?, hidden: [String], peer: String, _ id: PeerID)
    -> Finding
  {
    let section = Section.peer(peer)
    let own = hidden.isEmpty ? "" : "; hidden from it here: \(hidden.joined(separator: ", "))"
    guard let offered else {
      if let error {
        return Finding(
          .peerSkills, section, .fail, "\(peer) does not list its skills: \(error.message)",
          cause: "It is reached and lets this node in, but does not answer this request.",
          command: "r skills \(id.short)")
      }
      return Finding(.peerSkills, section, .skip, "its skills are not for this node\(own)")
    }
    let missing = offered.filter { $0.unavailable != nil }
    let usable = offered.filter { $0.unavailable == nil }.map(\.name)
    let details: [String: JSONValue] = [
      "offered": offered.map(\.name).json, "unavailable": missing.map(\.name).json, "hidden_here": hidden.json,
    ]
    let text = "\(peer) offers \(usable.isEmpty ? "no skill" : usable.joined(separator: ", "))\(own)"
    if let first = missing.first {
      return Finding(
        .peerSkills, section, .warn, text,
        cause: "\(first.name) does not work there: \(first.unavailable ?? "").", command: "r skills \(id.short)",
        details: details)
    }
    guard !usable.isEmpty else {
      return Finding(
        .peerSkills, section, .warn, text, cause: "p2p.expose_skills and p2p.hide_skills there leave nothing.",
        command: "r config | grep -A3 _skills", on: peer, details: details)
    }
    return Finding(.peerSkills, section, .ok, text, details: details)
  }
}
