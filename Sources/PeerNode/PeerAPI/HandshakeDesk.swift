import Logging
import PeerModel

/// Drives the server's end of the handshake: checks, looks up, records, and hands out the token.
actor HandshakeDesk {
  private var machine: HandshakeServer
  var joins: JoinServer
  let registry: Registry
  let settings: Settings
  private let tokens: Tokens
  /// Is told of a peer that would like to hear from this node.
  private let knocked: @Sendable (PeerID) -> Void
  let logger = Logger(label: "Handshake")
  /// Ports that peers told with the hello, until their proof.
  private var ports: [PeerID: Int] = [:]

  init(
    identity: Identity, registry: Registry, settings: Settings, tokens: Tokens,
    knocked: @escaping @Sendable (PeerID) -> Void = { _ in }
  ) {
    self.knocked = knocked
    machine = HandshakeServer(identity: identity, name: settings.name)
    joins = JoinServer(identity: identity)
    self.registry = registry
    self.settings = settings
    self.tokens = tokens
  }

  /// - Parameters:
  ///   - address: where the caller connects from, without port.
  ///   - certificate: what it showed in TLS.
  /// - Throws: ``NodeError`` of every refusal.
  func answer(
    _ request: HandshakeRequest, from address: String, certificate: ClientCertificate?
  ) async throws -> HandshakeReply {
    if certificate == nil, settings.current.p2p.tls.mutual == .required {
      throw NodeError(
        .notAllowed, "a client certificate is needed here (p2p.tls.mutual: required)",
        hint: "use https and show one: curl --cert FILE --key FILE")
    }
    switch request {
    case .hello(let hello):
      try check(hello, from: address)
      try Self.check(certificate, isOf: hello.id)
      return try await receive(hello, from: address)
    case .proof(let session, let proof):
      let id = try machine.finish(session: session, proof: proof, now: Clock.steady)
      try Self.check(certificate, isOf: id)
      return try await grant(id, from: address, certificate: certificate)
    case .join(let hello):
      try check(hello, from: address)
      try Self.check(certificate, isOf: hello.id)
      return try invite(hello)
    case .invitation(let session, let proof):
      return try await join(session: session, proof: proof, from: address, certificate: certificate)
    }
  }

  /// Whoever shows a certificate calls as its key and as nobody else.
  static func check(_ certificate: ClientCertificate?, isOf id: PeerID) throws(NodeError) {
    guard let certificate, certificate.key.id != id else { return }
    throw NodeError(
      .unauthenticated, "the client certificate of this connection belongs to \(certificate.key.id), not to \(id)",
      hint: "show the certificate of the same key, or none")
  }

  private func check(_ hello: Hello, from address: String) throws(NodeError) {
    do { try machine.check(hello) } catch {
      // Proved, so it is this very node or a copy of its state folder.
      if error.code == .conflict { registry.clones.receivedHello(hello.nonce, from: address) }
      throw error
    }
  }

  private func receive(_ hello: Hello, from address: String) async throws -> HandshakeReply {
    try await follow(hello)
    let p2p = settings.current.p2p
    let status = try await registry.requested(
      hello, from: address, grant: p2p.requireApproval ? nil : p2p.defaultTrust, maximum: p2p.maxPeers)
    if hello.knocks { knocked(hello.id) }
    switch status {
    case .approved:
      if registry.record(of: hello.id)?.approvedBy?.hasPrefix("config:") == true {
        logger.warning(
          "require_approval is off: this peer was let in without its owner's approval here",
          metadata: ["peer_id": "\(hello.id)"])
      }
      if ports.count > HandshakeServer.maximumSessions { ports = [:] }
      ports[hello.id] = hello.port
      return try machine.challenge(hello, now: Clock.steady, random: Random.bytes(48))
    case .discovered, .pending:
      return .pending(introduction)
    case .rejected, .blocked:
      throw NodeError(.notApproved, "this node refuses the peer", hint: "ask its owner to approve it")
    }
  }

  /// A node that has changed its key says so with statements of the old one.
  private func follow(_ hello: Hello) async throws {
    try registry.checkNotReplaced(hello.id)
    guard let old = try await registry.follow(hello.rotations, to: hello.key) else { return }
    logger.notice("a peer has changed its key", metadata: ["peer_id": "\(hello.id)", "former": "\(old)"])
  }

  var introduction: HandshakeReply.Introduction {
    var introduction = machine.introduction
    introduction.name = settings.name
    return introduction
  }

  private func grant(
    _ id: PeerID, from address: String, certificate: ClientCertificate?
  ) async throws -> HandshakeReply {
    let port = ports.removeValue(forKey: id)
    guard let standing = registry.standing(of: id), standing.status == .approved else {
      throw NodeError(.notApproved, "this node refuses the peer", hint: "ask its owner to approve it")
    }
    try await registry.authenticated(id, from: address, port: port)
    let lifetime = Int(settings.current.p2p.tokenLifetime.components.seconds)
    let token = try await tokens.issue(
      to: id, epoch: standing.epoch, certificate: certificate?.hash, lifetime: lifetime, now: Clock.now)
    return .authenticated(token: token, expiresIn: lifetime, trust: standing.trust)
  }
}
