internal import LocalAPI
internal import PeerModel

/// `r status`: how this node stands.
enum StatusCommand: Command {
  static let syntax = Syntax(
    verb: "status", group: .node, summary: "Show how this node stands.",
    details: "Warnings come first. A user who may only look is told so.", examples: ["r status"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(NodeStatus.self, .init())
    let status = try answer.value()
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: output.line(status.id.description)
    case .text:
      for warning in status.warnings { output.line("WARNING: \(warning)", .yellow) }
      output.fields(fields(status))
      if isReader(status) { output.hint("sudo usermod -aG rd $USER") }
      if status.counts[PeerStatus.pending.rawValue, default: 0] > 0 { output.hint("r pending") }
    }
  }

  private static func fields(_ status: NodeStatus.Result) -> [(String, String)] {
    let own = isReader(status) ? [("you", "may only look; owners are in the group rd")] : []
    return [
      ("name", status.name),
      ("id", status.id.description),
      ("fingerprint", status.fingerprint),
      ("peer-to-peer", status.enabled ? "on" : "off"),
      ("listening", listening(status)),
      ("announced on", status.interfaces.isEmpty ? "no interface" : status.interfaces.joined(separator: ", ")),
      ("peers", peers(status)),
      ("skills", status.skills.isEmpty ? "none" : status.skills.joined(separator: ", ")),
      ("up for", TimeText.span(status.uptime)),
      ("version", "\(status.version), protocol \(status.protocolVersion)"),
    ] + own
  }

  private static func isReader(_ status: NodeStatus.Result) -> Bool { status.role == "reader" }

  private static func listening(_ status: NodeStatus.Result) -> String {
    guard let host = status.listenHost, let port = status.listenPort else { return "no" }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  private static func peers(_ status: NodeStatus.Result) -> String {
    let counts = PeerStatus.allCases.compactMap { kind -> String? in
      let count = status.counts[kind.rawValue, default: 0]
      return count > 0 ? "\(count) \(kind.rawValue)" : nil
    }
    return counts.isEmpty ? "none" : counts.joined(separator: ", ") + "; \(status.online) online"
  }
}
