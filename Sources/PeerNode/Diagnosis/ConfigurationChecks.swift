import LocalAPI
import PeerModel

/// Settings that keep others away, or let too many in.
enum ConfigurationChecks {
  /// - Parameter skills: names of the skills that this node has.
  static func judge(_ p2p: Configuration.P2P, skills: [String], _ advice: Advice) -> [Finding] {
    guard p2p.enabled else {
      return [
        Finding(
          .configEnabled, Section.configuration, .fail, "peer-to-peer is off: p2p.enabled is false",
          cause: "This node neither listens nor searches; nothing below can work. To change it, "
            + advice.change("p2p.enabled", to: "true", restarting: true) + ".",
          command: Advice.show("p2p.enabled"), details: ["enabled": false])
      ]
    }
    return [
      Finding(.configEnabled, Section.configuration, .ok, "peer-to-peer is on", details: ["enabled": true]),
      approval(p2p, advice),
      flag(
        .configAdvertise, "p2p.advertise_mdns", p2p.advertiseMDNS, good: "this node is announced over mDNS",
        bad: "this node is not announced: p2p.advertise_mdns is false",
        effect: "Others cannot find it by themselves, only by address: r peers add HOST.", advice),
      flag(
        .configDiscover, "p2p.auto_discover", p2p.autoDiscover, good: "this node searches by itself",
        bad: "this node does not search by itself: p2p.auto_discover is false",
        effect: "It finds others only when asked (r discover) or by address.", advice),
      exposed(p2p, skills, advice),
    ]
  }

  private static func approval(_ p2p: Configuration.P2P, _ advice: Advice) -> Finding {
    flag(
      .configApproval, "p2p.require_approval", p2p.requireApproval, good: "new peers wait for your approval",
      bad: "every node that asks is let in: p2p.require_approval is false",
      effect: "Whoever reaches the port gets trust level \(p2p.defaultTrust) without being asked about.", advice)
  }

  private static func flag(
    _ check: CheckID, _ key: String, _ value: Bool, good: String, bad: String, effect: String, _ advice: Advice
  ) -> Finding {
    guard !value else { return Finding(check, Section.configuration, .ok, good, details: ["value": true]) }
    return Finding(
      check, Section.configuration, .warn, bad,
      cause: "\(effect) To change it, \(advice.change(key, to: "true")).", command: Advice.show(key),
      details: ["value": false])
  }

  private static func exposed(_ p2p: Configuration.P2P, _ skills: [String], _ advice: Advice) -> Finding {
    let unknown = p2p.exposeSkills.filter { !skills.contains($0) }
    let offered = skills.filter(p2p.exposes)
    let hidden = skills.filter { !p2p.exposes($0) }
    let details: [String: JSONValue] = [
      "offered": offered.json, "hidden": hidden.json, "unknown": unknown.json,
    ]
    let text =
      "peers may use \(offered.isEmpty ? "no skill" : offered.joined(separator: ", "))"
      + (hidden.isEmpty ? "" : "; hidden from them: \(hidden.joined(separator: ", "))")
    if !unknown.isEmpty {
      return Finding(
        .configSkills, Section.configuration, .warn, text,
        cause: "p2p.expose_skills names \(unknown.joined(separator: ", ")), which this node does not have.",
        command: "r skills", details: details)
    }
    guard !offered.isEmpty || skills.isEmpty else {
      return Finding(
        .configSkills, Section.configuration, .warn, text,
        cause: "p2p.expose_skills and p2p.hide_skills leave nothing. To change it, edit \(advice.configurationPath), "
          + "then: \(advice.reload).", command: "r config | grep -A3 _skills", details: details)
    }
    return Finding(.configSkills, Section.configuration, .ok, text, details: details)
  }
}
