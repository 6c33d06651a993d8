import PeerModel

/// What follows when a peer did not do a call that another one might do.
enum Fallback: Hashable, Sendable {
  /// Nothing has run, or nothing that matters: the next peer may be asked.
  case next
  /// The next would say the same, or the work itself has failed: the failure is the answer.
  case final
  /// It may have run, and must not run twice.
  case unclear

  /// Refusals of a peer before anything ran.
  private static let refusals: Set<ErrorCode> = [
    .busy, .rateLimited, .notAllowed, .notApproved, .unauthenticated, .identityReplaced, .unsupportedVersion,
    .skillNotFound, .skillUnavailable, .toolChanged,
  ]
  /// What the caller did wrong, everywhere.
  private static let mistakes: Set<ErrorCode> = [
    .invalidArguments, .invalidRequest, .malformed, .tooLarge, .usage, .storageFull, .limitReached,
    .unsupportedEncoding,
  ]
  /// The tool has done its work, and this is what came of it.
  private static let outcomes: Set<ErrorCode> = [.skillFailed]

  /// - Parameters:
  ///   - isUnclear: a request went out whose answer did not come.
  ///   - isAnswered: the peer has said so; else the failure was met here.
  ///   - isReadOnly: the tool changes nothing, so running it again harms nobody.
  init(after error: NodeError, isUnclear: Bool, isAnswered: Bool, _ isReadOnly: Bool) {
    if Self.refusals.contains(error.code) {
      self = !isUnclear || isReadOnly ? .next : .unclear
    } else if Self.outcomes.contains(error.code) {
      self = .final
    } else if Self.mistakes.contains(error.code) {
      self = isUnclear && !isReadOnly ? .unclear : .final
    } else if isReadOnly || (!isUnclear && !isAnswered) {
      self = .next
    } else {
      self = .unclear
    }
  }
}

extension Fallback {
  init(after error: NodeError, _ trace: CallTrace) {
    self.init(after: error, isUnclear: trace.isUnclear, isAnswered: trace.isAnswered, trace.isReadOnly)
  }
}
