import Crypto
import Glibc
package import PeerModel
import SwiftASN1
import X509

/// The identity on disk: `identity.key` (PKCS#8 PEM, 0600), `identity.crt` (PEM), and `identity.rotations` (JSON) once the
/// key has been changed, in the state folder.
///
/// A key is made once, at the first start. A key that is missing beside its certificate, unreadable or damaged is never
/// replaced: the peers know this node by it, so the daemon refuses and says how to recover.
package struct IdentityFiles: Sendable {
  let keyPath: String
  let certificatePath: String
  let rotationsPath: String

  package init(directory: String) {
    keyPath = directory + "/identity.key"
    certificatePath = directory + "/identity.crt"
    rotationsPath = directory + "/identity.rotations"
  }

  /// - Throws: ``NodeError`` `identity_damaged` when the files are not a whole identity.
  package func loadOrCreate() throws(NodeError) -> Identity {
    if let pem = try read(keyPath) {
      let since = try checkPermissions()
      removeLeftovers()
      guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else {
        throw damaged("identity.key is not a P-256 private key")
      }
      let chain = try rotations(leadingTo: IdentityKey(key.publicKey))
      return Identity(
        privateKey: key, certificate: try certificate(for: key), rotations: chain, since: chain.newest?.time ?? since)
    }
    guard try read(certificatePath) == nil else { throw damaged("identity.key is missing, identity.crt is there") }
    let key = P256.Signing.PrivateKey()
    try write(key.pemRepresentation + "\n", to: keyPath, mode: 0o600)
    return Identity(privateKey: key, certificate: try certificate(for: key), since: Clock.now)
  }

  /// The stored certificate when it belongs to the key, else a new one: it holds no secret and can be made again.
  func certificate(for key: P256.Signing.PrivateKey) throws(NodeError) -> [UInt8] {
    if let pem = try read(certificatePath), let stored = try? Certificate(pemEncoded: pem),
      stored.publicKey == Certificate.PublicKey(key.publicKey)
    {
      var serializer = DER.Serializer()
      if (try? serializer.serialize(stored)) != nil { return serializer.serializedBytes }
    }
    do {
      let made = try SelfSignedCertificate.make(for: key)
      unlink(certificatePath)
      try write(made.pem + "\n", to: certificatePath, mode: 0o644)
      return made.der
    } catch let error as NodeError { throw error } catch {
      throw NodeError(.internal, "cannot make a certificate")
    }
  }

  private func damaged(_ what: String) -> NodeError {
    NodeError(
      .identityDamaged, "\(what); the peers know this node by that key, so no new one is made over it",
      hint: "restore identity.key from a backup, or start as a new node: rm \(keyPath) \(certificatePath)")
  }

  /// - Returns: when the key was made, seconds since 1970.
  private func checkPermissions() throws(NodeError) -> Int {
    var status = stat()
    guard stat(keyPath, &status) == 0, status.st_mode & 0o077 == 0 else {
      throw NodeError(
        .identityDamaged, "identity.key can be read by other users", hint: "chmod 600 \(keyPath)")
    }
    return status.st_mtim.tv_sec
  }

  func read(_ path: String) throws(NodeError) -> String? {
    do { return try File.read(path, limit: 64 << 10).map { String(decoding: $0, as: UTF8.self) } } catch {
      throw damaged("\(path.split(separator: "/").last ?? "") cannot be read (\(error))")
    }
  }

  private func write(_ text: String, to path: String, mode: UInt32) throws(NodeError) {
    do { try File.createAtomically(path, Array(text.utf8), mode: mode) } catch { throw Self.unwritable(error) }
  }

  static func unwritable(_ error: SystemError) -> NodeError {
    NodeError(
      .internal, "cannot write the identity: \(error)", hint: "check the permissions and space of the state folder")
  }
}
