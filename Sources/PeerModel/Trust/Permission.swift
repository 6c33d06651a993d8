/// What an operation asks of its caller: the right-hand side of the authorisation table.
package enum Permission: String, CaseIterable, Hashable, Sendable {
  /// Anybody who can reach the door (health, info, handshake).
  case open
  /// Be told how this node sees the caller.
  case reflect
  /// Read what this node has recorded about the caller itself.
  case ownEntries = "own_entries"
  /// Run a task in plain English.
  case runTask = "run_task"
  /// Invoke a skill's tool, or list the skills that are exposed.
  case useSkills = "use_skills"
  /// Push or pull conversation context and memory.
  case syncContext = "sync_context"
  /// Send, read or remove shared documents.
  case shareDocuments = "share_documents"
  /// Search this node's knowledge.
  case search
  /// Look at this node: its status, peers, skills, events and audit log.
  case view
  /// Administer this node: approve, reject, remove peers, change trust.
  case administer
  /// Only the local owner, never a peer, whatever its level.
  case ownerOnly = "owner_only"

  /// The lowest level at which a peer has the permission; nil when no level gives it.
  package var requiredTrust: TrustLevel? {
    switch self {
    case .open: .unknown
    case .reflect, .ownEntries, .runTask: .basic
    case .useSkills, .syncContext, .shareDocuments, .search: .trusted
    case .view, .administer: .full
    case .ownerOnly: nil
    }
  }
}
