import LocalAPI
import PeerModel

/// Who answers at an address, and in which version.
enum IdentificationChecks {
  /// What came of asking `/v1/p2p/info` over TLS.
  enum Answer: Hashable, Sendable {
    case node(PeerID, Info)
    /// The connection is taken, and then nothing comes.
    case silent
    /// Something that does not speak TLS 1.3 with a P-256 key.
    case noTLS
    /// TLS with a good key, but no node's answer.
    case noNode(PeerID)
  }

  struct Info: Hashable, Sendable {
    var name: String
    var version: String?
    var protocolVersion: ProtocolVersion?
    /// The id that it claims, which must be its certificate's.
    var claimed: String?
    /// Seconds that its clock is ahead; nil when it does not tell.
    var clockOffset: Double?
  }

  struct Facts: Sendable {
    var peer: String
    /// The known identity; nil for an address that is not known yet.
    var expected: PeerID?
    var address: PeerAddress
    var answer: Answer
    /// This node.
    var own: PeerID
    /// The name of the known peer whose identity answers, where it is another one.
    var otherName: String?
  }

  static func identity(_ facts: Facts) -> Finding {
    let ask = "curl -k \(ShellText.url(facts.address, "/v1/p2p/info"))"
    let section = Section.peer(facts.peer)
    func failed(_ summary: String, _ cause: String, _ found: PeerID? = nil, _ command: String? = nil) -> Finding {
      Finding(
        .peerIdentity, section, .fail, summary, cause: cause, command: command ?? ask,
        details: ["address": "\(facts.address)".json, "found": found?.json ?? .null])
    }
    switch facts.answer {
    case .silent:
      return Finding(
        .peerIdentity, section, .fail, "\(facts.address) takes the connection and then says nothing",
        cause:
          "The kernel there accepts for a program that does not get to it: rd hangs, is stopped, or is overloaded.",
        command: "journalctl -u rd -n 50", on: facts.peer, details: ["address": "\(facts.address)".json])
    case .noTLS:
      return failed(
        "what answers at \(facts.address) is not a node: it does not speak TLS",
        "Another program listens on this port, or a proxy stands before the node.")
    case .noNode(let id):
      return failed(
        "what answers at \(facts.address) speaks TLS but is not a node",
        "A web server or a proxy listens on this port.", id)
    case .node(let found, let info):
      if found == facts.own {
        return failed("\(facts.address) is this node itself", "The address is this machine's own.", found, "ip addr")
      }
      if let claimed = info.claimed, claimed != found.description {
        return failed(
          "\(facts.address) claims to be \(claimed) with the key of \(found)",
          "Something passes on another node's answers: a proxy, or somebody in between.", found)
      }
      guard let expected = facts.expected, expected != found else {
        return Finding(
          .peerIdentity, section, .ok, "\(found) answers over TLS",
          details: ["address": "\(facts.address)".json, "found": found.json])
      }
      let other = facts.otherName.map { "\($0) (\(found.short))" }
      return failed(
        "\(other ?? found.description) answers at \(facts.address), not \(facts.peer) (\(expected.short))",
        other != nil
          ? "The address belongs to another known node now. Once \(facts.peer) is seen again, its new address is used."
          : "The address was given to another machine, \(facts.peer) was set up anew and has a new identity, or somebody "
            + "poses as it. Compare the id with r status on that machine before you trust it; then: r peers add \(facts.address).",
        found)
    }
  }

  static func version(
    _ info: Info, peer: String, at address: PeerAddress, own: ProtocolVersion = .current
  ) -> Finding {
    let section = Section.peer(peer)
    let software = info.version ?? "unknown version"
    guard let theirs = info.protocolVersion else {
      return Finding(
        .peerVersion, section, .warn, "\(peer) does not tell its protocol version",
        cause: "Its answer is not as this version knows it: it may be very old, or something stands in between.",
        command: "curl -k \(ShellText.url(address, "/v1/p2p/info"))")
    }
    let details: [String: JSONValue] = [
      "version": info.version?.json ?? .null, "protocol": "\(theirs)".json, "own_protocol": "\(own)".json,
    ]
    guard theirs.major != own.major else {
      return Finding(
        .peerVersion, section, .ok, "\(peer) runs \(software), protocol \(theirs); here \(Software.version), \(own)",
        details: details)
    }
    let isOlderHere = own.major < theirs.major
    return Finding(
      .peerVersion, section, .fail,
      "\(peer) speaks protocol \(theirs), this node \(own): they do not understand each other",
      cause: "The major versions differ: rd \(isOlderHere ? "here" : "on \(peer)") is too old and must be updated.",
      command: "rd --version", on: isOlderHere ? nil : peer, details: details)
  }

  /// - Parameter outcome: what went wrong; nil when `/health` answered as it should.
  static func health(_ outcome: String?, peer: String) -> Finding {
    guard let outcome else { return Finding(.peerHealth, Section.peer(peer), .ok, "/health answers ok") }
    return Finding(
      .peerHealth, Section.peer(peer), .fail, "/health does not answer as it should: \(outcome)",
      cause: "The node there takes connections but does not work: it is overloaded, stopping or stuck.",
      command: "journalctl -u rd -n 50", on: peer)
  }
}
