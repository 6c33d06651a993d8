import Crypto
import Glibc
import PeerModel
import X509

/// Looks at the identity's files and the state folder, and changes nothing.
enum IdentityProbe {
  static func facts(folder: String, running identity: Identity) -> IdentityChecks.Facts {
    var facts = IdentityChecks.Facts(folder: folder)
    if let status = status(of: folder + "/identity.key") { facts.keyMode = status.st_mode & 0o7777 }
    let key = text(folder + "/identity.key").flatMap { try? P256.Signing.PrivateKey(pemRepresentation: $0) }
    facts.keyID = key.map { IdentityKey($0.publicKey).id }
    if let pem = text(folder + "/identity.crt"), let certificate = try? Certificate(pemEncoded: pem),
      let running = try? P256.Signing.PublicKey(derRepresentation: identity.publicKey.der)
    {
      facts.certificateMatches = certificate.publicKey == Certificate.PublicKey(running)
    }
    facts.isWritable = access(folder, W_OK | X_OK) == 0 && !isReadOnly(folder)
    var space = statvfs()
    if statvfs(folder, &space) == 0 { facts.freeBytes = Int(clamping: UInt64(space.f_bavail) * UInt64(space.f_frsize)) }
    return facts
  }

  /// Seconds since 1970 at which the identity was made; nil when its file is gone.
  static func made(folder: String) -> Int? { status(of: folder + "/identity.key").map { $0.st_mtim.tv_sec } }

  private static func isReadOnly(_ folder: String) -> Bool {
    var space = statvfs()
    return statvfs(folder, &space) == 0 && space.f_flag & UInt(ST_RDONLY) != 0
  }

  private static func status(of path: String) -> stat? {
    var value = stat()
    return stat(path, &value) == 0 ? value : nil
  }

  private static func text(_ path: String) -> String? {
    let bytes = (try? File.read(path, limit: 64 << 10)) ?? nil
    return bytes.map { String(decoding: $0, as: UTF8.self) }
  }
}
