import LocalAPI
import PeerModel

/// Who lets whom do what, in both directions.
enum TrustChecks {
  /// What came of a handshake.
  enum Handshake: Hashable, Sendable {
    case authenticated(TrustLevel)
    case pending
    case refused(NodeError)
    case failed(NodeError)
    /// Not tried, and why.
    case notTried(String)
  }

  /// What the peer may do here: the owner's own decision.
  static func here(_ peer: Peer) -> Finding {
    let section = Section.peer(peer.name)
    let details: [String: JSONValue] = [
      "peer_id": peer.id.json, "status": peer.status.json, "trust": peer.trust.json,
      "verification_code": peer.verificationCode?.json ?? .null,
    ]
    let code = peer.verificationCode.map { " The verification code on both sides is \($0)." } ?? ""
    switch peer.status {
    case .approved:
      return Finding(.peerTrust, section, .ok, "\(peer.name) is approved here: \(peer.trust)", details: details)
    case .pending:
      return Finding(
        .peerTrust, section, .warn, "\(peer.name) waits for your approval, and may do nothing here yet",
        cause: "Nobody has decided about its request.\(code)", command: "r approve \(peer.id.short)", details: details)
    case .discovered:
      return Finding(
        .peerTrust, section, .warn, "\(peer.name) may do nothing here: it has not asked, and you have not approved it",
        cause: "It is only known by sight or address. That matters only where it shall use this node.\(code)",
        command: "r approve \(peer.id.short)", details: details)
    case .rejected:
      return Finding(
        .peerTrust, section, .fail, "you have rejected \(peer.name)",
        cause: "It may do nothing here, and this node does not call it either.", command: "r approve \(peer.id.short)",
        details: details)
    case .blocked:
      return Finding(
        .peerTrust, section, .fail, "you have blocked \(peer.name)",
        cause: "Its requests are not even recorded. After removing it, add or approve it anew.",
        command: "r remove \(peer.id.short)", details: details)
    }
  }

  static func handshake(_ outcome: Handshake, peer: String) -> Finding {
    let section = Section.peer(peer)
    switch outcome {
    case .authenticated:
      return Finding(.peerHandshake, section, .ok, "the handshake succeeds, both identities are proved")
    case .pending:
      return Finding(.peerHandshake, section, .ok, "the handshake works; the request for approval waits on \(peer)")
    case .refused(let error) where error.code == .notApproved:
      return Finding(.peerHandshake, section, .ok, "the handshake works; its answer is a refusal")
    case .refused(let error), .failed(let error):
      return Finding(
        .peerHandshake, section, .fail, "the handshake fails: \(error.message)",
        cause: cause(of: error, peer), command: "journalctl -u rd -n 50", on: peer,
        details: ["code": error.code.rawValue.json])
    case .notTried(let why): return Finding(.peerHandshake, section, .skip, "no handshake: \(why)")
    }
  }

  private static func cause(of error: NodeError, _ peer: String) -> String {
    switch error.code {
    case .rateLimited: "Too many requests wait for approval on \(peer), or too many handshakes come from here."
    case .unauthenticated:
      "The other side could not prove its identity: something stands in between, or it changed its key."
    case .unsupportedVersion: "The versions of the two nodes do not fit."
    default: "The log of \(peer) says more."
    }
  }

  /// What the peer lets this node do.
  static func there(_ outcome: Handshake, peer: String, own: PeerID) -> Finding {
    let section = Section.peer(peer)
    let approve = "r approve \(own.short) --trust trusted"
    switch outcome {
    case .authenticated(let level):
      let details: [String: JSONValue] = ["trust": level.json]
      guard level < .trusted else {
        return Finding(.peerGrant, section, .ok, "\(peer) gives this node trust level \(level)", details: details)
      }
      return Finding(
        .peerGrant, section, .warn, "\(peer) gives this node trust level \(level): tasks, but no skills",
        cause: "Skills, context and documents need level trusted, which the owner of \(peer) decides about.",
        command: "r trust \(own.short) trusted", on: peer, details: details)
    case .pending:
      return Finding(
        .peerGrant, section, .fail, "\(peer) has not approved this node yet",
        cause: "The request waits for the owner of \(peer).", command: approve, on: peer, details: ["trust": "pending"])
    case .refused(let error) where error.code == .notApproved:
      return Finding(
        .peerGrant, section, .fail, "\(peer) has rejected or blocked this node",
        cause: "Its owner has decided so. If it was blocked, it must be removed there first.", command: approve,
        on: peer,
        details: ["trust": "unknown"])
    case .refused, .failed: return Finding(.peerGrant, section, .skip, "unknown: the handshake fails")
    case .notTried(let why): return Finding(.peerGrant, section, .skip, "unknown: \(why)")
    }
  }
}
