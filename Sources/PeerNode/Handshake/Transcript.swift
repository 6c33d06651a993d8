import Crypto
package import PeerModel

/// What both ends prove that they saw: every value of the exchange, each with its length, under one label.
package struct Transcript: Hashable, Sendable {
  package var version: ProtocolVersion
  package var client: IdentityKey
  package var server: IdentityKey
  package var clientNonce: [UInt8]
  package var serverNonce: [UInt8]
  /// SHA-256 of the server's certificate, as the client saw it in TLS and as the server knows it: equal only when
  /// nobody stands between them.
  package var certificateHash: [UInt8]

  /// Unambiguous bytes of a list: the label and each field behind its length (4 bytes, big-endian).
  static func encode(_ label: String, _ fields: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in [Array(label.utf8)] + fields {
      withUnsafeBytes(of: UInt32(field.count).bigEndian) { bytes.append(contentsOf: $0) }
      bytes += field
    }
    return bytes
  }

  package var bytes: [UInt8] {
    Self.encode(
      "rd handshake 1",
      [
        Array(version.description.utf8), Array(client.id.description.utf8), Array(server.id.description.utf8),
        client.der, server.der, clientNonce, serverNonce, certificateHash,
      ])
  }

  /// The proofs of both ends: HMAC-SHA-256 over role and transcript, keyed by HKDF-SHA-256 (RFC 5869) of the ECDH secret
  /// of both identity keys, with both nonces as salt. Only the holders of the two private keys can make either.
  /// - Throws: what the cryptographic library throws for a key that is not on the curve.
  package func proofs(_ identity: Identity) throws -> Proofs {
    let other = identity.publicKey == client ? server : client
    let key = try identity.sharedSecret(with: other).hkdfDerivedSymmetricKey(
      using: SHA256.self, salt: clientNonce + serverNonce, sharedInfo: Array("rd handshake 1".utf8),
      outputByteCount: 32)
    return Proofs(key: key, bytes: bytes)
  }

  package struct Proofs: Sendable {
    private let key: SymmetricKey
    private let bytes: [UInt8]

    init(key: SymmetricKey, bytes: [UInt8]) {
      self.key = key
      self.bytes = bytes
    }
    package var client: [UInt8] { make("client") }
    package var server: [UInt8] { make("server") }

    private func message(_ role: String) -> [UInt8] { Transcript.encode(role, [bytes]) }
    private func make(_ role: String) -> [UInt8] {
      Array(HMAC<SHA256>.authenticationCode(for: message(role), using: key))
    }
    /// Compares in constant time.
    func isClient(_ proof: [UInt8]) -> Bool {
      HMAC<SHA256>.isValidAuthenticationCode(proof, authenticating: message("client"), using: key)
    }
    func isServer(_ proof: [UInt8]) -> Bool {
      HMAC<SHA256>.isValidAuthenticationCode(proof, authenticating: message("server"), using: key)
    }
  }
}
