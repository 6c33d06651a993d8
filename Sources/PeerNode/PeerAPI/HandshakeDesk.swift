import Logging
import PeerModel

/// Drives the server's end of the handshake: checks, looks up, records, and hands out the token.
actor HandshakeDesk {
  private var machine: HandshakeServer
  private let registry: Registry
  private let settings: Settings
  private let tokens: Tokens
  private let logger = Logger(label: "Handshake")
  /// Ports that peers told with the hello, until their proof.
  private var ports: [PeerID: Int] = [:]

  init(identity: Identity, registry: Registry, settings: Settings, tokens: Tokens) {
    machine = HandshakeServer(identity: identity, name: settings.name)
    self.registry = registry
    self.settings = settings
    self.tokens = tokens
  }

  /// - Parameter address: where the caller connects from, without port.
  /// - Throws: ``NodeError`` of every refusal.
  func answer(_ request: HandshakeRequest, from address: String) async throws -> HandshakeReply {
    switch request {
    case .hello(let hello): return try await receive(hello, from: address)
    case .proof(let session, let proof):
      let id = try machine.finish(session: session, proof: proof, now: Clock.steady)
      return try await grant(id, from: address)
    }
  }

  private func receive(_ hello: Hello, from address: String) async throws -> HandshakeReply {
    try machine.check(hello)
    let p2p = settings.current.p2p
    let status = try await registry.requested(
      hello, from: address, grant: p2p.requireApproval ? nil : p2p.defaultTrust, maximum: p2p.maxPeers)
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

  private var introduction: HandshakeReply.Introduction {
    var introduction = machine.introduction
    introduction.name = settings.name
    return introduction
  }

  private func grant(_ id: PeerID, from address: String) async throws -> HandshakeReply {
    let port = ports.removeValue(forKey: id)
    guard let standing = registry.standing(of: id), standing.status == .approved else {
      throw NodeError(.notApproved, "this node refuses the peer", hint: "ask its owner to approve it")
    }
    try await registry.authenticated(id, from: address, port: port)
    let lifetime = Int(settings.current.p2p.tokenLifetime.components.seconds)
    let token = try await tokens.issue(to: id, epoch: standing.epoch, lifetime: lifetime, now: Clock.now)
    return .authenticated(token: token, expiresIn: lifetime, trust: standing.trust)
  }
}
