import NIOSSL

extension TLSConfiguration {
  /// What the listener takes: TLS 1.3, and of 1.2 only what has forward secrecy and authenticated encryption; curves that
  /// are sound. The identity is a P-256 key, so ECDSA is the one way to sign.
  mutating func harden() {
    minimumTLSVersion = .tlsv12
    cipherSuiteValues = [
      .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
      .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ]
    curves = [.x25519_MLKEM768, .x25519, .secp256r1, .secp384r1]
    signingSignatureAlgorithms = [.ecdsaSecp256R1Sha256]
    renegotiationSupport = .none
  }
}
