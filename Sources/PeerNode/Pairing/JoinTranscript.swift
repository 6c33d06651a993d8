import Crypto
package import PeerModel

/// What both ends of a pairing prove that they saw, with a key that only the two holders of the code can make.
package struct JoinTranscript: Sendable {
  package var version: ProtocolVersion
  package var joiner: IdentityKey
  package var inviter: IdentityKey
  package var joinerNonce: [UInt8]
  package var inviterNonce: [UInt8]
  /// SHA-256 of the inviter's certificate, as either end knows it.
  package var certificateHash: [UInt8]

  package init(
    version: ProtocolVersion, joiner: IdentityKey, inviter: IdentityKey, joinerNonce: [UInt8], inviterNonce: [UInt8],
    certificateHash: [UInt8]
  ) {
    (self.version, self.joiner, self.inviter) = (version, joiner, inviter)
    (self.joinerNonce, self.inviterNonce, self.certificateHash) = (joinerNonce, inviterNonce, certificateHash)
  }

  private static let label = "rd join 1"

  package var bytes: [UInt8] {
    Transcript.encode(
      Self.label,
      [
        Array(version.description.utf8), Array(joiner.id.description.utf8), Array(inviter.id.description.utf8),
        joiner.der, inviter.der, joinerNonce, inviterNonce, certificateHash,
      ])
  }

  /// The ECDH secret of both identity keys.
  /// - Throws: what the cryptographic library throws for a key that is not on the curve.
  package func agreement(_ identity: Identity) throws -> [UInt8] {
    try identity.sharedSecret(with: identity.publicKey == joiner ? inviter : joiner).withUnsafeBytes { Array($0) }
  }

  /// - Parameters:
  ///   - agreement: of ``agreement(_:)``.
  ///   - secret: the invitation's.
  package func proofs(agreement: [UInt8], secret: [UInt8]) -> Proofs {
    let key = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: agreement + secret), salt: joinerNonce + inviterNonce,
      info: Array(Self.label.utf8), outputByteCount: 32)
    return Proofs(key: key, bytes: bytes)
  }

  package struct Proofs: Sendable {
    fileprivate let key: SymmetricKey
    fileprivate let bytes: [UInt8]

    package var joiner: [UInt8] { make(joinerMessage) }
    /// Also covers the level that the inviter grants.
    package func inviter(granting trust: TrustLevel) -> [UInt8] { make(inviterMessage(trust)) }

    /// Compares in constant time.
    func isJoiner(_ proof: [UInt8]) -> Bool { isValid(proof, joinerMessage) }
    func isInviter(_ proof: [UInt8], granting trust: TrustLevel) -> Bool { isValid(proof, inviterMessage(trust)) }

    private var joinerMessage: [UInt8] { Transcript.encode("joiner", [bytes]) }
    private func inviterMessage(_ trust: TrustLevel) -> [UInt8] {
      Transcript.encode("inviter", [bytes, Array(trust.name.utf8)])
    }
    private func make(_ message: [UInt8]) -> [UInt8] {
      Array(HMAC<SHA256>.authenticationCode(for: message, using: key))
    }
    private func isValid(_ proof: [UInt8], _ message: [UInt8]) -> Bool {
      HMAC<SHA256>.isValidAuthenticationCode(proof, authenticating: message, using: key)
    }
  }
}
