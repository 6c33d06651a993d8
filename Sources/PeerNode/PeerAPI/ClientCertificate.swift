import Crypto
import NIOSSL
import PeerModel
import SwiftASN1
import X509

/// The certificate that a client showed in TLS. Its key is who calls; names, dates and authorities mean nothing.
package struct ClientCertificate: Hashable, Sendable {
  package let key: IdentityKey
  /// SHA-256 of its DER, what a token is bound to (RFC 8705, section 3.1).
  package let hash: [UInt8]

  /// Largest certificate that is looked into, bytes of DER.
  static let maximumSize = 4096

  package init(key: IdentityKey, hash: [UInt8]) {
    self.key = key
    self.hash = hash
  }

  /// Reads the certificate of a completed TLS handshake; nil when its key is not P-256.
  init?(_ certificate: NIOSSLCertificate) {
    guard let der = try? certificate.toDERBytes(), let spki = try? certificate.extractPublicKey().toSPKIBytes(),
      let key = IdentityKey(der: spki)
    else { return nil }
    self.init(key: key, hash: Array(SHA256.hash(data: der)))
  }

  /// Whether TLS may go on with this chain: one certificate with a P-256 key that has signed itself. That the client
  /// holds the key, TLS proves.
  static func isAcceptable(_ chain: [NIOSSLCertificate]) -> Bool {
    guard chain.count == 1, let der = try? chain[0].toDERBytes(), der.count <= maximumSize,
      let spki = try? chain[0].extractPublicKey().toSPKIBytes(), IdentityKey(der: spki) != nil,
      let certificate = try? Certificate(derEncoded: der)
    else { return false }
    return certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
  }
}
