/// Where a peer stands with this node's owner. Being reachable is a separate matter (`online`).
package enum PeerStatus: String, CaseIterable, Hashable, Sendable {
  /// Seen on the network or added by address; has asked for nothing.
  case discovered
  /// Has proved its key and asks to be approved.
  case pending
  case approved
  case rejected
  /// Refused without being recorded again, until removed.
  case blocked
}

/// What can happen to a peer.
package enum PeerEvent: Hashable, Sendable {
  /// Seen by discovery, or added by address.
  case sighted
  /// Sent a hello whose signature verifies.
  case requested
  case approve
  case reject
  case block
}

extension PeerStatus {
  /// The status after `event`. Only an owner's decision raises anybody above `pending`.
  /// - Throws: ``NodeError`` `conflict` when the owner must first undo an earlier decision.
  package func after(_ event: PeerEvent) throws(NodeError) -> PeerStatus {
    switch (self, event) {
    case (_, .block): .blocked
    case (.blocked, .approve), (.blocked, .reject):
      throw NodeError(.conflict, "this peer is blocked", hint: "remove it first: r remove PEER")
    case (_, .approve): .approved
    case (_, .reject): .rejected
    case (.discovered, .requested): .pending
    case (_, .requested), (_, .sighted): self
    }
  }
}

extension PeerStatus: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    guard let status = json.stringValue.flatMap(PeerStatus.init(rawValue:)) else {
      throw NodeError(.invalidArguments, "expected one of \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self = status
  }
  package var json: JSONValue { .string(rawValue) }
}
