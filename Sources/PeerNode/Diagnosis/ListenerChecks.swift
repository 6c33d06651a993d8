import LocalAPI
import PeerModel

/// Whether peers can knock at all.
enum ListenerChecks {
  enum Answer: Hashable, Sendable {
    case own
    case other(PeerID?)
    case none(String)
  }
  struct Facts: Sendable {
    var port: Int
    /// Addresses that the kernel has a listening socket for on that port, in their usual text.
    var bound: [String]
    var answer: Answer
  }

  static func judge(_ facts: Facts, _ advice: Advice) -> [Finding] {
    let show = "ss -ltn 'sport = :\(facts.port)'"
    let details: [String: JSONValue] = ["port": facts.port.json, "bound": facts.bound.json]
    let port: Finding =
      switch facts.answer {
      case .own:
        Finding(
          .listenPort, Section.node, .ok, "the peer port \(facts.port) accepts and this node answers", details: details)
      case .other(let id):
        Finding(
          .listenPort, Section.node, .fail,
          "\(id.map(\.description) ?? "another program") answers on port \(facts.port) of this machine",
          cause: "Another program has a socket of its own on the port, for an address that is more specific.",
          command: show, details: details)
      case .none(let reason):
        Finding(
          .listenPort, Section.node, .fail, "nobody answers on port \(facts.port) of this machine: \(reason)",
          cause: "The listener has stopped or the daemon does not get to accepting.",
          command: show, details: details)
      }
    return [port, reach(facts, show, details, advice)]
  }

  private static func reach(
    _ facts: Facts, _ show: String, _ details: [String: JSONValue], _ advice: Advice
  ) -> Finding {
    guard !facts.bound.isEmpty else {
      return Finding(
        .listenReach, Section.node, .skip, "the kernel does not tell where the port is bound", details: details)
    }
    guard facts.bound.allSatisfy({ $0 == "::1" || $0.hasPrefix("127.") }) else {
      let isAny = facts.bound.contains("::") || facts.bound.contains("0.0.0.0")
      let text = isAny ? "every address" : facts.bound.joined(separator: ", ")
      return Finding(.listenReach, Section.node, .ok, "the peer port is bound to \(text)", details: details)
    }
    return Finding(
      .listenReach, Section.node, .fail,
      "the peer port is bound to \(facts.bound.joined(separator: ", ")): no other machine can reach it",
      cause: "rd was started with --host, or p2p.listen_host is a loopback address. To change it, "
        + advice.change("p2p.listen_host", to: "\"\"", restarting: true) + ".",
      command: show, details: details)
  }
}
