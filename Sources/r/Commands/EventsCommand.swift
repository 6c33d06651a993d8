internal import LocalAPI
internal import PeerModel

/// `r events`: what happens, as it happens.
enum EventsCommand: Command {
  static let syntax = Syntax(
    verb: "events", group: .node, summary: "Show peers coming, going, asking and being decided, as it happens.",
    details: "Runs until interrupted. With --json, one object a line.", examples: ["r events", "r events --json"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let output = invocation.output
    _ = try invocation.session.call(SubscribeEvents.self, .init(), seconds: nil) { (event) throws(NodeError) in
      switch output.format {
      case .json: output.jsonLine(event)
      case .ids: if let id = event["peer"]?["peer_id"]?.stringValue { output.line(id) }
      case .text: output.line(text(of: event))
      }
    }
  }

  private static func text(of event: JSONValue) -> String {
    var parts = [event["time"]?.integerValue.map { TimeText.clock(Int($0)) } ?? "--:--:--"]
    parts.append(event["type"]?.stringValue ?? "event")
    if let peer = try? event["peer"].map(Peer.init(json:)) {
      parts.append("\(PeerText.label(peer))  \(PeerText.address(peer))  \(peer.status.rawValue), \(peer.trust.name)")
    }
    let known: Set = ["time", "type", "peer"]
    for (key, value) in (event.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) where !known.contains(key) {
      parts.append("\(key)=\(value.stringValue ?? value.text)")
    }
    return parts.joined(separator: "  ")
  }
}
