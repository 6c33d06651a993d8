import JWTKit
import PeerModel

/// What a token says. Plain types: the claim types of the library trap on an empty audience and on times that no integer
/// holds.
struct TokenClaims: JWTPayload, Hashable {
  /// The node that made it.
  var iss: String
  /// The peer that it was made for.
  var sub: String
  /// The node that takes it: the same that made it.
  var aud: [String]
  /// Seconds since 1970 from which on it is refused.
  var exp: Int
  var iat: Int
  var jti: String
  /// The peer's trust epoch when the token was made.
  var epoch: Int64
  var cnf: Confirmation?

  /// The client certificate that the token is bound to (RFC 8705, section 3.1).
  struct Confirmation: Codable, Hashable, Sendable {
    /// base64url of SHA-256 of its DER.
    var thumbprint: String

    enum CodingKeys: String, CodingKey { case thumbprint = "x5t#S256" }
  }

  func verify(using _: some JWTAlgorithm) throws {}
}

extension TokenClaims {
  /// Longest life of a token, seconds: what the configuration allows.
  static let longestLifetime = 86_400

  /// Reads the claims of one of our tokens: exactly these members with exactly these types.
  init?(json: JSONValue) {
    guard let members = json.objectValue, let iss = members["iss"]?.stringValue, let sub = members["sub"]?.stringValue,
      case .array(let audience)? = members["aud"], audience.count == 1, let aud = audience[0].stringValue,
      case .integer(let exp)? = members["exp"], case .integer(let iat)? = members["iat"],
      let jti = members["jti"]?.stringValue, case .integer(let epoch)? = members["epoch"], epoch >= 0, iat >= 0,
      iat <= Int64(UInt32.max), exp > iat, exp - iat <= Self.longestLifetime
    else { return nil }
    var confirmation: Confirmation?
    if let cnf = members["cnf"] {
      guard let thumbprint = cnf["x5t#S256"]?.stringValue, cnf.objectValue?.count == 1 else { return nil }
      confirmation = Confirmation(thumbprint: thumbprint)
    }
    guard members.count == (confirmation == nil ? 7 : 8) else { return nil }
    self.init(
      iss: iss, sub: sub, aud: [aud], exp: Int(exp), iat: Int(iat), jti: jti, epoch: epoch, cnf: confirmation)
  }
}
