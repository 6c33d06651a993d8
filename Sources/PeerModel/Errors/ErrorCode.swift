/// A stable name for a kind of failure, the same at every door. The set is open: a newer peer may send one we do not know.
package struct ErrorCode: RawRepresentable, Hashable, Sendable {
  package let rawValue: String
  package init(rawValue: String) { self.rawValue = rawValue }

  /// The bytes are not a message at all.
  package static let malformed = ErrorCode(rawValue: "malformed")
  /// A JSON-RPC envelope is wrong though the JSON is right (JSON-RPC 2.0, section 5.1).
  package static let invalidRequest = ErrorCode(rawValue: "invalid_request")
  package static let unknownMethod = ErrorCode(rawValue: "unknown_method")
  /// Well-formed, but an argument does not fit its schema.
  package static let invalidArguments = ErrorCode(rawValue: "invalid_arguments")
  /// No token, or one that is expired, revoked or not ours.
  package static let unauthenticated = ErrorCode(rawValue: "unauthenticated")
  package static let notAllowed = ErrorCode(rawValue: "not_allowed")
  /// The other side has not approved us (yet).
  package static let notApproved = ErrorCode(rawValue: "not_approved")
  /// The caller's key is one that its node has left for another.
  package static let identityReplaced = ErrorCode(rawValue: "identity_replaced")
  package static let notFound = ErrorCode(rawValue: "not_found")
  package static let methodNotAllowed = ErrorCode(rawValue: "method_not_allowed")
  package static let peerNotFound = ErrorCode(rawValue: "peer_not_found")
  package static let ambiguous = ErrorCode(rawValue: "ambiguous")
  package static let peerUnreachable = ErrorCode(rawValue: "peer_unreachable")
  package static let timedOut = ErrorCode(rawValue: "timed_out")
  package static let skillNotFound = ErrorCode(rawValue: "skill_not_found")
  /// The skill is known, but a program it needs is not installed.
  package static let skillUnavailable = ErrorCode(rawValue: "skill_unavailable")
  /// A tool is described otherwise than when it was first used, and the owner has not accepted the change.
  package static let toolChanged = ErrorCode(rawValue: "tool_changed")
  package static let limitReached = ErrorCode(rawValue: "limit_reached")
  package static let rateLimited = ErrorCode(rawValue: "rate_limited")
  package static let tooLarge = ErrorCode(rawValue: "too_large")
  /// A body is compressed, which is not taken.
  package static let unsupportedEncoding = ErrorCode(rawValue: "unsupported_encoding")
  package static let headersTooLarge = ErrorCode(rawValue: "headers_too_large")
  package static let rangeNotSatisfiable = ErrorCode(rawValue: "range_not_satisfiable")
  package static let conflict = ErrorCode(rawValue: "conflict")
  package static let unsupportedVersion = ErrorCode(rawValue: "unsupported_version")
  package static let busy = ErrorCode(rawValue: "busy")
  package static let storageFull = ErrorCode(rawValue: "storage_full")
  /// The work was started and failed on the other node.
  package static let remoteFailed = ErrorCode(rawValue: "remote_failed")
  /// The skill ran and reported a failure.
  package static let skillFailed = ErrorCode(rawValue: "skill_failed")
  /// The agent worked on the task and came to no answer.
  package static let taskFailed = ErrorCode(rawValue: "task_failed")
  /// This node has no agent that could do a task.
  package static let agentUnavailable = ErrorCode(rawValue: "agent_unavailable")
  package static let cancelled = ErrorCode(rawValue: "cancelled")
  package static let daemonUnreachable = ErrorCode(rawValue: "daemon_unreachable")
  package static let usage = ErrorCode(rawValue: "usage")
  package static let configuration = ErrorCode(rawValue: "configuration")
  package static let identityDamaged = ErrorCode(rawValue: "identity_damaged")
  package static let alreadyRunning = ErrorCode(rawValue: "already_running")
  package static let `internal` = ErrorCode(rawValue: "internal")
}

/// How one code appears at each door: the single table that both mappings and the documentation come from.
package struct ErrorMapping: Sendable {
  /// JSON-RPC 2.0 error number; -32000…-32099 is the implementation's range (section 5.1).
  package var rpc: Int
  /// HTTP status (RFC 9110).
  package var http: Int
  /// Exit status of the client (sysexits.h where it fits).
  package var exit: Int32
  /// RFC 9457 `title`.
  package var title: String
}

extension ErrorCode {
  /// The table's row; a code we do not know counts as a failure on the peer.
  package var mapping: ErrorMapping { Self.table[self] ?? Self.unknownMapping }

  private static let unknownMapping = ErrorMapping(rpc: -32009, http: 502, exit: 1, title: "Failed")

  /// Every code this version knows, with its numbers.
  package static let table: [ErrorCode: ErrorMapping] = [
    .malformed: ErrorMapping(rpc: -32700, http: 400, exit: 1, title: "Malformed message"),
    .invalidRequest: ErrorMapping(rpc: -32600, http: 400, exit: 1, title: "Invalid request"),
    .unknownMethod: ErrorMapping(rpc: -32601, http: 404, exit: 1, title: "Unknown method"),
    .invalidArguments: ErrorMapping(rpc: -32602, http: 422, exit: 64, title: "Invalid arguments"),
    .unauthenticated: ErrorMapping(rpc: -32004, http: 401, exit: 77, title: "Authentication needed"),
    .notAllowed: ErrorMapping(rpc: -32004, http: 403, exit: 77, title: "Not allowed"),
    .notApproved: ErrorMapping(rpc: -32003, http: 403, exit: 77, title: "Not approved"),
    .identityReplaced: ErrorMapping(rpc: -32003, http: 403, exit: 77, title: "Identity replaced"),
    .notFound: ErrorMapping(rpc: -32601, http: 404, exit: 1, title: "Not found"),
    .methodNotAllowed: ErrorMapping(rpc: -32601, http: 405, exit: 1, title: "Method not allowed"),
    .peerNotFound: ErrorMapping(rpc: -32001, http: 404, exit: 1, title: "Peer not found"),
    .ambiguous: ErrorMapping(rpc: -32002, http: 409, exit: 1, title: "Ambiguous"),
    .peerUnreachable: ErrorMapping(rpc: -32005, http: 503, exit: 75, title: "Peer unreachable"),
    .timedOut: ErrorMapping(rpc: -32006, http: 504, exit: 75, title: "Timed out"),
    .skillNotFound: ErrorMapping(rpc: -32007, http: 404, exit: 1, title: "Skill or tool not found"),
    .skillUnavailable: ErrorMapping(rpc: -32007, http: 503, exit: 1, title: "Skill unavailable"),
    .toolChanged: ErrorMapping(rpc: -32003, http: 409, exit: 77, title: "Tool changed"),
    .limitReached: ErrorMapping(rpc: -32008, http: 409, exit: 1, title: "Limit reached"),
    .rateLimited: ErrorMapping(rpc: -32008, http: 429, exit: 75, title: "Too many requests"),
    .tooLarge: ErrorMapping(rpc: -32008, http: 413, exit: 1, title: "Too large"),
    .unsupportedEncoding: ErrorMapping(rpc: -32600, http: 415, exit: 1, title: "Content encoding not supported"),
    .headersTooLarge: ErrorMapping(rpc: -32008, http: 431, exit: 1, title: "Header fields too large"),
    .rangeNotSatisfiable: ErrorMapping(rpc: -32602, http: 416, exit: 1, title: "Range not satisfiable"),
    .conflict: ErrorMapping(rpc: -32008, http: 409, exit: 1, title: "Conflict"),
    .unsupportedVersion: ErrorMapping(rpc: -32009, http: 400, exit: 1, title: "Protocol version not supported"),
    .busy: ErrorMapping(rpc: -32008, http: 503, exit: 75, title: "Busy"),
    .storageFull: ErrorMapping(rpc: -32008, http: 507, exit: 1, title: "Storage full"),
    .remoteFailed: ErrorMapping(rpc: -32009, http: 502, exit: 1, title: "Failed on the peer"),
    .skillFailed: ErrorMapping(rpc: -32009, http: 200, exit: 1, title: "Skill failed"),
    .taskFailed: ErrorMapping(rpc: -32009, http: 200, exit: 1, title: "Task failed"),
    .agentUnavailable: ErrorMapping(rpc: -32007, http: 503, exit: 1, title: "No agent available"),
    .cancelled: ErrorMapping(rpc: -32009, http: 503, exit: 130, title: "Cancelled"),
    .daemonUnreachable: ErrorMapping(rpc: -32603, http: 503, exit: 69, title: "Daemon not reachable"),
    .usage: ErrorMapping(rpc: -32602, http: 400, exit: 64, title: "Usage"),
    .configuration: ErrorMapping(rpc: -32603, http: 500, exit: 78, title: "Configuration"),
    .identityDamaged: ErrorMapping(rpc: -32603, http: 500, exit: 1, title: "Identity damaged"),
    .alreadyRunning: ErrorMapping(rpc: -32603, http: 500, exit: 1, title: "Already running"),
    .internal: ErrorMapping(rpc: -32603, http: 500, exit: 1, title: "Internal error"),
  ]
}
