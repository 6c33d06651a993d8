package import PeerModel

/// The receiving end of the handshake as a pure state machine: messages, time and randomness in, answers out.
///
/// It knows nothing of the registry: whoever drives it looks the peer up between the steps, and again at the end.
package struct HandshakeServer: Sendable {
  /// How long a challenge waits for its proof, seconds.
  package static let sessionLifetime = 30
  /// Open challenges in all; a further one drops the oldest.
  package static let maximumSessions = 256
  /// Open challenges of one peer; a further one drops its oldest.
  package static let maximumSessionsPerPeer = 8

  private struct Session {
    var peer: PeerID
    var proofs: Transcript.Proofs
    var expires: Int
  }

  private let identity: Identity
  private let name: String
  private var sessions: [String: Session] = [:]
  private var order: [String] = []

  package init(identity: Identity, name: String) {
    self.identity = identity
    self.name = name
  }

  package var introduction: HandshakeReply.Introduction {
    .init(id: identity.id, name: name, key: identity.publicKey)
  }

  /// Checks a hello, before anything is looked up or recorded.
  /// - Throws: ``NodeError`` `unsupported_version`, `unauthenticated`, or `conflict` for this node's own identity.
  package func check(_ hello: Hello) throws(NodeError) {
    try ProtocolVersion.current.checkCompatible(with: hello.version)
    try hello.verify(certificateHash: identity.certificateHash)
    guard hello.id != identity.id else {
      throw NodeError(
        .conflict, "the caller has this node's own identity: it is this node itself, or a copy of its state folder",
        hint: "on the copy, start as a new node: delete its identity.key and identity.crt")
    }
  }

  /// Answers the hello of an approved peer.
  /// - Parameters:
  ///   - now: seconds, from any steady clock.
  ///   - random: 48 fresh random bytes: the server's nonce and the session's name.
  /// - Throws: ``NodeError`` `unauthenticated` when no secret can be agreed with the peer's key.
  package mutating func challenge(_ hello: Hello, now: Int, random: [UInt8]) throws(NodeError) -> HandshakeReply {
    let nonce = Array(random.prefix(Hello.nonceCount))
    let session = Base64.encode(Array(random.dropFirst(Hello.nonceCount)))
    let transcript = Transcript(
      version: hello.version, client: hello.key, server: identity.publicKey, clientNonce: hello.nonce,
      serverNonce: nonce, certificateHash: identity.certificateHash)
    guard let proofs = try? transcript.proofs(identity) else {
      throw NodeError(.unauthenticated, "no secret can be agreed with this key")
    }
    makeRoom(for: hello.id, now: now)
    sessions[session] = Session(peer: hello.id, proofs: proofs, expires: now + Self.sessionLifetime)
    order.append(session)
    return .challenge(
      .init(introduction: introduction, session: session, nonce: nonce, proof: proofs.server))
  }

  /// Takes the proof; whatever comes of it, the session is used up.
  /// - Returns: the peer that has proved to hold its key.
  /// - Throws: ``NodeError`` `unauthenticated`.
  package mutating func finish(session: String, proof: [UInt8], now: Int) throws(NodeError) -> PeerID {
    guard let found = sessions.removeValue(forKey: session) else {
      throw NodeError(.unauthenticated, "no such handshake session, or it was used", hint: "begin again with a hello")
    }
    order.removeAll { $0 == session }
    guard found.expires >= now else {
      throw NodeError(.unauthenticated, "the handshake session has expired", hint: "begin again with a hello")
    }
    guard found.proofs.isClient(proof) else { throw NodeError(.unauthenticated, "the proof is wrong") }
    return found.peer
  }

  private mutating func makeRoom(for peer: PeerID, now: Int) {
    for (session, value) in sessions where value.expires < now { drop(session) }
    let own = order.filter { sessions[$0]?.peer == peer }
    if own.count >= Self.maximumSessionsPerPeer { drop(own[0]) }
    if order.count >= Self.maximumSessions { drop(order[0]) }
  }

  private mutating func drop(_ session: String) {
    sessions[session] = nil
    order.removeAll { $0 == session }
  }
}
