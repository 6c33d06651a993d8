internal import LocalAPI
internal import PeerModel

/// How peers are shown to people.
enum PeerText {
  static func address(_ peer: Peer) -> String {
    peer.host.contains(":") ? "[\(peer.host)]:\(peer.port)" : "\(peer.host):\(peer.port)"
  }

  static func table(_ peers: [Peer]) -> Table {
    var table = Table(["NAME", "ID", "STATUS", "TRUST", "ONLINE", "ADDRESS", "LAST-SEEN"])
    for peer in peers {
      table.add([
        .init(peer.name), .init(peer.id.short), .init(peer.status.rawValue, style(of: peer.status)),
        .init(peer.trust.name), peer.online ? .init("yes", .green) : .init("no", .dim), .init(address(peer)),
        .init(peer.lastSeen.map { TimeText.relative($0) } ?? "never"),
      ])
    }
    return table
  }

  static func fields(_ peer: Peer) -> [(String, String)] {
    var fields = [
      ("name", peer.name), ("id", peer.id.description), ("address", address(peer)), ("status", peer.status.rawValue),
      ("trust", "\(peer.trust.name) (\(peer.trust.value))"), ("online", peer.online ? "yes" : "no"),
      ("last seen", peer.lastSeen.map { TimeText.relative($0) } ?? "never"),
    ]
    fields += [
      ("latency", peer.latencyMilliseconds.map { "\(($0 * 10).rounded() / 10) ms" }), ("version", peer.version),
      ("fingerprint", peer.fingerprint), ("verification code", peer.verificationCode), ("approved by", peer.approvedBy),
      ("lets us in at", peer.grantedTrust.map { "\($0.name) (\($0.value))" }),
      ("skills", peer.skills.isEmpty ? nil : peer.skills.joined(separator: ", ")),
      ("capabilities", peer.capabilities.isEmpty ? nil : peer.capabilities.joined(separator: ", ")),
    ].compactMap { field in field.1.map { (field.0, $0) } }
    return fields
  }

  /// `name (peer-abcdefgh)`.
  static func label(_ peer: Peer) -> String { "\(peer.name) (\(peer.id.short))" }

  private static func style(of status: PeerStatus) -> Style? {
    switch status {
    case .approved: .green
    case .pending: .yellow
    case .rejected, .blocked: .red
    case .discovered: nil
    }
  }
}

extension Argument {
  static let peer = Argument(
    name: "PEER", help: "A peer's name, id, or the beginning of its id (4 letters or more).", completion: .peers)
}

extension Invocation {
  /// Shows the peer that a decision was made about: the object, its id, or one sentence.
  func report<M: Method>(_ answer: Answer<M>, _ sentence: (Peer) -> String) throws(NodeError) where M.Result == Peer {
    let peer = try answer.value()
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: output.line(peer.id.description)
    case .text: output.line(sentence(peer))
    }
  }
}
