import Crypto
import FoundationEssentials
import JWTKit
package import PeerModel

/// Makes and reads the tokens that follow a handshake: JWTs (RFC 7519), HS256 with a secret of this node, nothing else.
///
/// A token only says who, since which decision of the owner and on which client certificate; what that peer may do is
/// looked up at every request.
package struct Tokens: Sendable {
  private let keys = JWTKeyCollection()
  private let node: PeerID
  /// Tokens whose signature has been verified, until they expire: the same one comes with every request.
  private let verified = VerifiedTokens()

  /// Longest token that is looked at, bytes.
  package static let maximumLength = 1024

  /// What a good token says.
  package struct Content: Hashable, Sendable {
    package var peer: PeerID
    /// The caller compares it with the registry.
    package var epoch: Int64
    /// SHA-256 of the client certificate that the token is bound to; nil for a token that is not bound.
    package var certificate: [UInt8]?
    /// Seconds since 1970.
    package var expires: Int
  }

  /// - Parameter secret: 32 random bytes that no other node has.
  package init(node: PeerID, secret: [UInt8]) async throws {
    self.node = node
    await keys.add(hmac: HMACKey(from: Data(secret)), digestAlgorithm: .sha256)
  }

  /// - Parameters:
  ///   - certificate: SHA-256 of the client certificate of the handshake's connection; nil when it had none.
  ///   - lifetime: seconds.
  ///   - now: seconds since 1970.
  /// - Throws: what the JWT library throws when it cannot encode.
  package func issue(
    to peer: PeerID, epoch: Int64, certificate: [UInt8]? = nil, lifetime: Int, now: Int
  ) async throws -> String {
    try await keys.sign(
      TokenClaims(
        iss: node.description, sub: peer.description, aud: [node.description], exp: now + lifetime, iat: now,
        jti: UUID().uuidString, epoch: epoch, cnf: certificate.map { .init(thumbprint: Base64.encodeURL($0)) }))
  }

  /// - Throws: ``NodeError`` `unauthenticated` for a token that is expired, not ours or altered.
  package func read(_ token: String, now: Int) async throws(NodeError) -> Content {
    if let known = verified.find(token, now: now) { return known }
    guard token.utf8.count <= Self.maximumLength, let compact = CompactToken(token),
      let claims = TokenClaims(json: compact.claims), claims.iss == node.description, claims.aud == [node.description],
      let peer = PeerID(claims.sub), (try? await keys.verify(token, as: TokenClaims.self)) == claims
    else { throw NodeError(.unauthenticated, "the token is not valid here", hint: "repeat the handshake") }
    guard claims.exp > now else {
      throw NodeError(.unauthenticated, "the token has expired", hint: "repeat the handshake")
    }
    let content = Content(
      peer: peer, epoch: claims.epoch, certificate: try Self.hash(claims.cnf), expires: claims.exp)
    verified.keep(token, content, now: now)
    return content
  }

  private static func hash(_ confirmation: TokenClaims.Confirmation?) throws(NodeError) -> [UInt8]? {
    guard let confirmation else { return nil }
    guard let hash = Base64.decodeURL(confirmation.thumbprint), hash.count == 32 else {
      throw NodeError(.unauthenticated, "the token is not valid here", hint: "repeat the handshake")
    }
    return hash
  }
}
