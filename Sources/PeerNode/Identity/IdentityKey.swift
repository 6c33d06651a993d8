import Crypto
package import PeerModel

/// The public half of a node's identity.
package struct IdentityKey: Hashable, Sendable {
  /// SubjectPublicKeyInfo, DER (RFC 5480): 91 bytes for P-256.
  package let der: [UInt8]
  private let key: P256.Signing.PublicKey

  init(_ key: P256.Signing.PublicKey) {
    self.key = key
    der = Array(key.derRepresentation)
  }

  /// Reads a P-256 SubjectPublicKeyInfo; nil for anything else, also for another encoding of the same key.
  package init?(der: [UInt8]) {
    guard der.count == 91, let key = try? P256.Signing.PublicKey(derRepresentation: der) else { return nil }
    self.init(key)
    guard self.der == der else { return nil }
  }

  private var digest: [UInt8] { Array(SHA256.hash(data: der)) }

  package var id: PeerID {
    PeerID(digest: digest) ?? { preconditionFailure("SHA-256 has 32 bytes") }()
  }

  /// SHA-256 of the key in hex pairs with colons, for comparing in full.
  package var fingerprint: String {
    Hexadecimal.text(digest, separator: ":")
  }

  /// Whether `signature` (r‖s) is this key's over `message`.
  package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
    return key.isValidSignature(signature, for: message)
  }

  var agreementKey: P256.KeyAgreement.PublicKey {
    get throws { try P256.KeyAgreement.PublicKey(derRepresentation: der) }
  }

  /// The code that the owners of two nodes compare: 2×4 digits from both keys, the same on both sides.
  package func verificationCode(with other: IdentityKey) -> String {
    let (first, second) = der.lexicographicallyPrecedes(other.der) ? (der, other.der) : (other.der, der)
    var hash = SHA256()
    hash.update(data: Array("rd verification code 1".utf8))
    hash.update(data: first)
    hash.update(data: second)
    let number = hash.finalize().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100_000_000
    let digits = String(number)
    let padded = String(repeating: "0", count: 8 - digits.utf8.count) + digits
    return "\(padded.prefix(4))-\(padded.suffix(4))"
  }

  package static func == (left: IdentityKey, right: IdentityKey) -> Bool { left.der == right.der }
  package func hash(into hasher: inout Hasher) { hasher.combine(der) }
}
