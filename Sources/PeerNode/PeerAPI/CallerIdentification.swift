import HTTPTypes
import HummingbirdCore
import PeerModel

/// Finds out who makes an HTTP request.
struct CallerIdentification: Sendable {
  let tokens: Tokens
  let registry: Registry
  let settings: Settings
  let certificates: ClientCertificates

  /// The peer whose token the request carries.
  /// - Throws: ``NodeError`` `unauthenticated` without a good token.
  func peer(_ request: Request, _ context: PeerRequestContext) async throws(NodeError) -> Caller {
    guard let value = request.headers[.authorization], let token = Self.bearer(value) else {
      throw NodeError(.unauthenticated, "a token is needed: Authorization: Bearer …", hint: "do the handshake first")
    }
    let content = try await tokens.read(token, now: Clock.now)
    try checkBinding(of: content, to: certificates.of(context.channel))
    let id = content.peer
    // What the token was worth when it was made does not count: the owner may have decided anew.
    guard let standing = registry.standing(of: id), standing.status == .approved, standing.epoch == content.epoch else {
      throw NodeError(.unauthenticated, "the token has been revoked", hint: "repeat the handshake")
    }
    return .peer(id, standing.trust)
  }

  /// The caller of an owner endpoint: a peer with a token, or an owner on loopback.
  /// - Throws: ``NodeError`` `not_allowed` or `unauthenticated` with the reason.
  func ownerOrPeer(_ request: Request, _ context: PeerRequestContext) async throws(NodeError) -> Caller {
    if request.headers[.authorization] != nil {
      try OwnerProof.refuseBrowserFields(request.headers)
      return try await peer(request, context)
    }
    guard context.isLoopback else {
      throw NodeError(.unauthenticated, "a token of a peer at level full is needed", hint: "do the handshake first")
    }
    let uid = try OwnerProof.uid(
      of: context.channel.remoteAddress, to: context.channel.localAddress, headers: request.headers,
      authority: request.head.authority)
    return .owner(uid: uid)
  }

  /// A token from a connection with a client certificate is good on connections with that certificate only (RFC 8705,
  /// section 3).
  private func checkBinding(of token: Tokens.Content, to certificate: ClientCertificate?) throws(NodeError) {
    if let bound = token.certificate {
      guard let certificate else {
        throw NodeError(
          .unauthenticated, "the token is bound to a client certificate, and this connection has none",
          hint: "show the certificate of the handshake: curl --cert FILE --key FILE")
      }
      guard certificate.hash == bound else {
        throw NodeError(
          .unauthenticated, "the token is bound to another client certificate than this connection's",
          hint: "repeat the handshake")
      }
    } else if let certificate, certificate.key.id != token.peer {
      throw NodeError(
        .unauthenticated, "the token is another node's than this connection's client certificate",
        hint: "repeat the handshake")
    } else if settings.current.p2p.tls.mutual == .required {
      throw NodeError(
        .unauthenticated,
        "the token is not bound to a client certificate, which this node asks for (p2p.tls.mutual: required)",
        hint: "repeat the handshake on a connection with a client certificate")
    }
  }

  /// RFC 6750, section 2.1.
  private static func bearer(_ value: String) -> String? {
    guard value.utf8.count <= Tokens.maximumLength + 16, value.lowercased().hasPrefix("bearer ") else { return nil }
    return String(value.dropFirst(7))
  }
}
