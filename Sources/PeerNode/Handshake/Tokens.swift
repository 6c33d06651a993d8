import Crypto
import FoundationEssentials
import JWTKit
package import PeerModel

/// Makes and reads the tokens that follow a handshake: JWTs (RFC 7519), HS256 with a secret of this node, nothing else.
///
/// A token only says who and since which decision of the owner; what that peer may do is looked up at every request.
package struct Tokens: Sendable {
  private let keys = JWTKeyCollection()
  private let node: PeerID
  /// Tokens whose signature has been verified, until they expire: the same one comes with every request.
  private let verified = VerifiedTokens()

  /// Longest token that is looked at, bytes.
  package static let maximumLength = 1024

  struct Claims: JWTPayload {
    var iss: IssuerClaim
    var sub: SubjectClaim
    var aud: AudienceClaim
    var exp: ExpirationClaim
    var iat: IssuedAtClaim
    var jti: IDClaim
    /// The peer's trust epoch when the token was made.
    var epoch: Int64

    func verify(using _: some JWTAlgorithm) throws {}
  }

  /// - Parameter secret: 32 random bytes that no other node has.
  package init(node: PeerID, secret: [UInt8]) async throws {
    self.node = node
    await keys.add(hmac: HMACKey(from: Data(secret)), digestAlgorithm: .sha256)
  }

  /// - Parameters:
  ///   - lifetime: seconds.
  ///   - now: seconds since 1970.
  /// - Throws: what the JWT library throws when it cannot encode.
  package func issue(to peer: PeerID, epoch: Int64, lifetime: Int, now: Int) async throws -> String {
    try await keys.sign(
      Claims(
        iss: .init(value: node.description), sub: .init(value: peer.description),
        aud: .init(value: [node.description]),
        exp: .init(value: Date(timeIntervalSince1970: Double(now + lifetime))),
        iat: .init(value: Date(timeIntervalSince1970: Double(now))), jti: .init(value: UUID().uuidString), epoch: epoch)
    )
  }

  /// Reads a token's peer and epoch; the caller compares the epoch with the registry.
  /// - Throws: ``NodeError`` `unauthenticated` for a token that is expired, not ours or altered.
  package func read(_ token: String, now: Int) async throws(NodeError) -> (peer: PeerID, epoch: Int64) {
    if let known = verified.find(token, now: now) { return (known.peer, known.epoch) }
    guard token.utf8.count <= Self.maximumLength, Self.hasOwnHeader(token),
      let claims = try? await keys.verify(token, as: Claims.self), claims.iss.value == node.description,
      claims.aud.value == [node.description], let peer = PeerID(claims.sub.value)
    else { throw NodeError(.unauthenticated, "the token is not valid here", hint: "repeat the handshake") }
    guard Int(claims.exp.value.timeIntervalSince1970) > now else {
      throw NodeError(.unauthenticated, "the token has expired", hint: "repeat the handshake")
    }
    let expires = Int(claims.exp.value.timeIntervalSince1970)
    verified.keep(token, .init(peer: peer, epoch: claims.epoch, expires: expires), now: now)
    return (peer, claims.epoch)
  }

  /// The header of our tokens says HS256 and nothing else: another algorithm, `none` or a `kid` never reaches the
  /// library.
  private static func hasOwnHeader(_ token: String) -> Bool {
    let text = token.prefix { $0 != "." }.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
    let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
    guard let bytes = Data(base64Encoded: String(text) + padding), let header = try? JSONParser.parse(bytes) else {
      return false
    }
    return header == ["alg": "HS256", "typ": "JWT"]
  }
}
