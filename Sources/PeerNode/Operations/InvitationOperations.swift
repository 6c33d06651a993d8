import LocalAPI
import PeerModel

/// Pairing with a code.
extension NodeParts {
  var invitationOperations: [Operation] {
    [
      Operation(CreateInvitation.self, .administer) { parameters, context in
        try await invite(parameters, by: context.caller)
      },
      Operation(ListInvitations.self, .administer, audit: .look) { _, _ in
        ListInvitations.Result(invitations: try await registry.invitations().map(\.shown))
      },
      Operation(RevokeInvitations.self, .administer) { parameters, context in
        guard (parameters.id == nil) == parameters.all else {
          throw NodeError(.invalidArguments, "name one invitation, or all", hint: "r invite list")
        }
        return RevokeInvitations.Result(
          revoked: try await registry.revokeInvitations(parameters.id, by: context.caller))
      },
      Operation(JoinPeer.self, .administer) { parameters, context in try await join(parameters, by: context.caller) },
    ]
  }

  private func invite(_ parameters: CreateInvitation.Parameters, by caller: Caller) async throws
    -> CreateInvitation.Result
  {
    try settings.current.p2p.checkEnabled()
    let invitation = try await registry.invite(
      trust: parameters.trust ?? settings.current.p2p.defaultTrust, lifetime: parameters.lifetime, by: caller)
    return CreateInvitation.Result(
      code: InvitationCode(inviter: identity.id, secret: invitation.secret).text, invitation: invitation.shown)
  }

  private func join(_ parameters: JoinPeer.Parameters, by caller: Caller) async throws -> Peer {
    let code = try InvitationCode(parameters.code)
    let p2p = settings.current.p2p
    let trust = parameters.trust ?? p2p.defaultTrust
    try trust.checkGrantable()
    guard !code.means(identity.id) else {
      throw NodeError(.conflict, "the code is of this node itself", hint: "type it on the other machine")
    }
    let node = try await pair(code, parameters) { [registry] id in
      try registry.checkNotReplaced(id)
      switch registry.standing(of: id)?.status {
      case .approved: return
      case .rejected, .blocked:
        throw NodeError(
          .notApproved, "you have refused this peer yourself", hint: "r remove \(id.short), then join anew")
      case nil, .discovered, .pending:
        guard registry.hasRoom(maximum: p2p.maxPeers) else {
          throw NodeError(.limitReached, "as many peers are approved as may be (p2p.max_peers)", hint: "r remove PEER")
        }
      }
    }
    let id = node.key.id
    try await registry.sighted(
      id, name: node.name, at: [node.address], key: node.key, addedAs: parameters.host == nil ? nil : .some(nil))
    try await registry.approve(id, trust: trust, maximum: p2p.maxPeers, by: caller)
    registry.noteExchange(id, latency: nil)
    // Each learns what the other grants.
    discovery.introduceSoon(id, knocks: true)
    guard let peer = registry.peer(id) else { throw NodeError(.peerNotFound, "the peer is not known any more") }
    return peer
  }

  /// Tries where the inviter is known to be; where nobody answers there any more, what discovery sees now.
  private func pair(
    _ code: InvitationCode, _ parameters: JoinPeer.Parameters, check: @Sendable (PeerID) throws -> Void
  ) async throws -> JoinedNode {
    let places = try await places(code, parameters)
    do { return try await exchange.join(places, code: code, check: check) } catch let error as NodeError {
      guard error.code == .peerUnreachable, parameters.host == nil else { throw error }
      // Where it cannot be searched for, nobody's answering is what there is to tell.
      guard (try? await discovery.discover(.init(only: code.idLetters)) { _ in }) != nil else { throw error }
      let found = known(code)
      guard found.map(\.address) != places.map(\.address) else { throw error }
      return try await exchange.join(found, code: code, check: check)
    }
  }

  /// Where the inviter may be: the address that was given, or those of the peers whose ids begin as the code says.
  private func places(
    _ code: InvitationCode, _ parameters: JoinPeer.Parameters
  ) async throws -> [(id: PeerID?, address: PeerAddress)] {
    if let host = parameters.host {
      return [(nil, PeerAddress(host: try HostText.check(host), port: parameters.port))]
    }
    if known(code).isEmpty { _ = try await discovery.discover(.init(only: code.idLetters)) { _ in } }
    let places = known(code)
    guard !places.isEmpty else {
      throw NodeError(
        .peerUnreachable, "peer-\(code.idLetters) is not found on the local network",
        hint: "name its address: r join CODE HOST")
    }
    return places
  }

  private func known(_ code: InvitationCode) -> [(id: PeerID?, address: PeerAddress)] {
    registry.all().map(\.id).filter(code.means).flatMap { id in registry.addresses(of: id).map { (id, $0) } }
  }
}

extension Invitation {
  fileprivate var shown: InvitationSummary {
    .init(id: id, trust: trust, createdAt: createdAt, expiresAt: expiresAt)
  }
}
