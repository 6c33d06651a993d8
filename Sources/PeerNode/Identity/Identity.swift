import Crypto
package import PeerModel

/// This node's identity: one P-256 key, the certificate made from it, and what is derived from both.
///
/// The private key neither prints nor compares; everything that leaves is derived from the public half.
package struct Identity: Sendable {
  package let id: PeerID
  package let publicKey: IdentityKey
  /// The self-signed certificate, DER.
  package let certificate: [UInt8]
  /// How this node came to its key; empty for its first one.
  package let rotations: RotationChain
  /// Seconds since 1970 from which on it has this key.
  package let since: Int
  private let privateKey: P256.Signing.PrivateKey

  init(
    privateKey: P256.Signing.PrivateKey, certificate: [UInt8], rotations: RotationChain = .none, since: Int = 0
  ) {
    self.privateKey = privateKey
    self.certificate = certificate
    self.rotations = rotations
    self.since = since
    publicKey = IdentityKey(privateKey.publicKey)
    id = publicKey.id
  }

  /// SHA-256 of the certificate's DER, which the handshake binds to.
  package var certificateHash: [UInt8] { Array(SHA256.hash(data: certificate)) }

  /// The private key as PKCS#8 PEM, for the TLS library only.
  var keyPEM: String { privateKey.pemRepresentation }

  /// ECDSA P-256 with SHA-256 over `message`, as r‖s, 64 bytes.
  /// - Throws: what the cryptographic library throws, which does not happen for a valid key.
  package func sign(_ message: [UInt8]) throws -> [UInt8] {
    Array(try privateKey.signature(for: message).rawRepresentation)
  }

  /// The ECDH secret of the two identity keys, as input for a key derivation.
  /// - Throws: what the cryptographic library throws for a key that is not on the curve.
  func sharedSecret(with other: IdentityKey) throws -> SharedSecret {
    let agreement = try P256.KeyAgreement.PrivateKey(rawRepresentation: privateKey.rawRepresentation)
    return try agreement.sharedSecretFromKeyAgreement(with: other.agreementKey)
  }
}

extension Identity: CustomStringConvertible {
  package var description: String { id.description }
}
