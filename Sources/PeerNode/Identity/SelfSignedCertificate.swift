import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// The certificate that carries the identity key through TLS. Nobody trusts its signature or names: callers pin the key.
enum SelfSignedCertificate {
  static func make(for key: P256.Signing.PrivateKey) throws -> (der: [UInt8], pem: String) {
    let name = try DistinguishedName { CommonName(IdentityKey(key.publicKey).id.description) }
    let now = Date()
    // A day of slack for a wrong clock, and decades: the key is the identity, an expiry would only break it.
    let certificate = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: now - 86_400,
      notValidAfter: now + 86_400 * 365 * 30, issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth, .clientAuth])
        SubjectAlternativeNames([.dnsName(IdentityKey(key.publicKey).id.description), .dnsName("localhost")])
      },
      issuerPrivateKey: .init(key))
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    return (serializer.serializedBytes, try certificate.serializeAsPEM().pemString)
  }
}
