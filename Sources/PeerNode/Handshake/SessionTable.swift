import PeerModel

/// Callers that were answered and have to prove themselves yet, by the name of their session: few in all, few of one
/// peer, each for a short time and for one attempt.
struct SessionTable<Step: Sendable>: Sendable {
  private struct Session {
    var peer: PeerID
    var step: Step
    var expires: Int
  }

  private let kind: String
  private let hint: String
  private var sessions: [String: Session] = [:]
  /// Names of the sessions, oldest first.
  private var order: [String] = []

  /// - Parameters:
  ///   - kind: what the sessions are called in errors.
  ///   - hint: what to do about those.
  init(kind: String, hint: String) {
    self.kind = kind
    self.hint = hint
  }

  /// Keeps what the proof will be held against, and drops what is in the way.
  /// - Parameter now: seconds, from any steady clock.
  mutating func open(_ session: String, for peer: PeerID, _ step: Step, now: Int) {
    for (session, value) in sessions where value.expires < now { drop(session) }
    let own = order.filter { sessions[$0]?.peer == peer }
    if own.count >= HandshakeServer.maximumSessionsPerPeer { drop(own[0]) }
    if order.count >= HandshakeServer.maximumSessions { drop(order[0]) }
    sessions[session] = Session(peer: peer, step: step, expires: now + HandshakeServer.sessionLifetime)
    order.append(session)
  }

  /// What was kept; the session is used up, also when it has expired.
  /// - Throws: ``NodeError`` `unauthenticated`.
  mutating func take(_ session: String, now: Int) throws(NodeError) -> (peer: PeerID, step: Step) {
    guard let found = sessions[session] else {
      throw NodeError(.unauthenticated, "no such \(kind) session, or it was used", hint: hint)
    }
    drop(session)
    guard found.expires >= now else {
      throw NodeError(.unauthenticated, "the \(kind) session has expired", hint: hint)
    }
    return (found.peer, found.step)
  }

  private mutating func drop(_ session: String) {
    sessions[session] = nil
    order.removeAll { $0 == session }
  }
}
