import NIOSSL

/// The identity as the TLS library takes it: shown to clients and to servers alike.
package struct TLSCredentials: Sendable {
  let chain: [NIOSSLCertificateSource]
  let key: NIOSSLPrivateKeySource

  /// - Throws: what the TLS library throws for a certificate or key that it cannot read.
  package init(_ identity: Identity) throws {
    chain = [.certificate(try NIOSSLCertificate(bytes: identity.certificate, format: .der))]
    key = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem))
  }
}
