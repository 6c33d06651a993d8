internal import LocalAPI
internal import PeerModel

/// `r peers add`: reaches a node by address.
enum AddPeerCommand: Command {
  static let syntax = Syntax(
    verb: "peers add", group: .peers, summary: "Add a peer by IP address or host name and ask it for approval.",
    details: """
      The other node's owner sees the request in r pending. An IPv6 address with a
      port is written [ADDRESS]:PORT.
      """,
    arguments: [Argument(name: "HOST[:PORT]", help: "Where it is; the port is 8765 unless given.")],
    options: [Option(name: "name", value: "NAME", help: "What to call it here; its own name unless given.")],
    examples: ["r peers add 192.168.1.101", "r peers add my-server.example.com:8765 --name cloud-server"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let (host, port) = try address(invocation.input.words[0])
    let parameters = AddPeer.Parameters(host: host, port: port, name: invocation.input["name"])
    let answer = try invocation.session.call(AddPeer.self, parameters, seconds: Session.networkPatience)
    try invocation.report(answer) { peer in
      let code = peer.verificationCode.map { ", verification code \($0)" } ?? ""
      return "added \(PeerText.label(peer)) at \(PeerText.address(peer)), \(peer.status.rawValue) here\(code)"
    }
    if invocation.output.format == .text, let peer = try? answer.value(), peer.status != .approved {
      invocation.output.hint("r approve \(peer.id.short) --trust trusted")
    }
  }

  /// Reads a ``HostAndPort`` from the command line.
  static func address(_ text: String) throws(NodeError) -> (host: String, port: Int) {
    guard let place = HostAndPort(text), !place.host.isEmpty, !place.host.contains("/") else {
      throw NodeError(.usage, "\(text) is not HOST or HOST:PORT", hint: "r help peers add")
    }
    return (place.host, place.port ?? AddPeer.Parameters.defaultPort)
  }
}
