/// Who asks. Every operation takes one, so forgetting to authorise does not compile.
package enum Caller: Hashable, Sendable {
  /// A local process whose user id the kernel told us.
  case owner(uid: UInt32)
  /// A local process of a user who may look and change nothing (`local.readers`).
  case reader(uid: UInt32)
  /// A peer that proved its identity, with the level it has at this very moment.
  case peer(PeerID, TrustLevel)
  /// Anybody else.
  case anonymous

  /// The name in the audit log.
  package var auditName: String {
    switch self {
    case .owner(let uid): "uid:\(uid)"
    case .reader(let uid): "reader:\(uid)"
    case .peer(let id, _): id.description
    case .anonymous: "anonymous"
    }
  }

  /// What kind of caller it is, as callers are told about themselves.
  package var role: String {
    switch self {
    case .owner: "owner"
    case .reader: "reader"
    case .peer: "peer"
    case .anonymous: "anonymous"
    }
  }
}

extension Caller {
  /// The one authorisation function: allowed, or a named refusal.
  /// - Throws: ``NodeError`` with `unauthenticated` for a caller without an identity, `not_approved` for one that is
  ///   not approved, `not_allowed` for one whose level is too low or who may only look.
  package func authorize(_ permission: Permission) throws(NodeError) {
    switch (self, permission.requiredTrust) {
    case (_, .unknown?), (.owner, _):
      return
    case (.reader(let uid), _):
      guard permission == .view else {
        throw NodeError(
          .notAllowed, "user \(uid) may only look; owners are in the group rd (log in again after joining it)",
          hint: "sudo usermod -aG rd $USER")
      }
    case (.anonymous, _):
      throw NodeError(.unauthenticated, "this needs a token from a handshake, or the local owner")
    case (.peer, nil):
      throw NodeError(.notAllowed, "only the local owner may do this, no peer")
    case (.peer(_, let level), _) where level < .basic:
      throw NodeError(.notApproved, "this peer is not approved here")
    case (.peer(let id, let level), let needed?):
      guard level >= needed else {
        throw NodeError(
          .notAllowed, "trust level \(level) does not allow this, it needs \(needed)",
          hint: "r trust \(id.short) \(needed)")
      }
    }
  }
}
