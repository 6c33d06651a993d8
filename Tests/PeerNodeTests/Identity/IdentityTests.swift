import Crypto
import FoundationEssentials
import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

@Suite struct IdentityTests {
  let folder = TemporaryFolder()
  var keyPath: String { folder.path + "/identity.key" }
  var certificatePath: String { folder.path + "/identity.crt" }

  private func load() throws -> Identity { try IdentityFiles(directory: folder.path).loadOrCreate() }
  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }
  private func put(_ text: String, _ path: String, mode: UInt32) throws {
    unlink(path)
    try File.createAtomically(path, Array(text.utf8), mode: mode)
  }

  @Test func anIdentityIsMadeOnceAndKept() throws {
    let first = try load()
    let files = try (text(keyPath), text(certificatePath))
    let second = try load()
    #expect(second.id == first.id)
    #expect(second.certificate == first.certificate)
    #expect(try text(keyPath) == files.0)
    #expect(try text(certificatePath) == files.1)
  }

  @Test func theKeyIsForItsOwnerOnly() throws {
    _ = try load()
    #expect(mode(keyPath) == 0o600)
    #expect(mode(certificatePath) == 0o644)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.sorted() == ["identity.crt", "identity.key"], "nothing is left over")
  }

  @Test func theIdIsDerivedFromTheKey() throws {
    let identity = try load()
    #expect(identity.id == PeerID(digest: Array(SHA256.hash(data: identity.publicKey.der))))
    #expect("\(identity)" == identity.id.description)
    #expect(!"\(identity)".contains("PRIVATE") && !String(reflecting: identity).contains("PRIVATE"))
    #expect(identity.publicKey.fingerprint.count == 95)
  }

  static let damages: [(String, String)] = [
    ("", "identity.key is not a P-256 private key"), ("garbage", "identity.key is not a P-256 private key"),
    (
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "identity.key is not a P-256 private key"
    ),
    (String(repeating: "x", count: 70_000), "identity.key cannot be read (read: File too large)"),
  ]

  @Test(arguments: damages) func aDamagedKeyIsRefusedAndUnchanged(_ damage: String, _ message: String) throws {
    _ = try load()
    let certificate = try text(certificatePath)
    try put(damage, keyPath, mode: 0o600)
    let error = #expect(throws: NodeError.self) { try load() }
    #expect(error?.code == .identityDamaged)
    #expect(error?.message == message + "; the peers know this node by that key, so no new one is made over it")
    #expect(error?.hint?.hasPrefix("restore identity.key from a backup") == true)
    #expect(try text(keyPath) == damage)
    #expect(try text(certificatePath) == certificate)
  }

  @Test func aTruncatedKeyIsRefusedAndUnchanged() throws {
    _ = try load()
    let half = String(try text(keyPath).prefix(100))
    try put(half, keyPath, mode: 0o600)
    let error = #expect(throws: NodeError.self) { try load() }
    #expect(error?.code == .identityDamaged)
    #expect(try text(keyPath) == half)
  }

  @Test func aMissingKeyBesideItsCertificateIsRefused() throws {
    _ = try load()
    unlink(keyPath)
    let error = #expect(throws: NodeError.self) { try load() }
    #expect(error?.code == .identityDamaged)
    #expect(access(keyPath, F_OK) != 0, "no new key is made")
  }

  @Test(arguments: [0o640, 0o604, 0o644, 0o660] as [UInt32]) func aKeyThatOthersCanReadIsRefused(_ mode: UInt32) throws
  {
    _ = try load()
    chmod(keyPath, mode)
    let error = #expect(throws: NodeError.self) { try load() }
    #expect(error?.code == .identityDamaged)
    #expect(error?.hint == "chmod 600 \(keyPath)")
    chmod(keyPath, 0o600)
    #expect(throws: Never.self) { try load() }
  }

  @Test func aMissingCertificateIsMadeAgain() throws {
    let first = try load()
    unlink(certificatePath)
    #expect(try load().id == first.id)
    #expect(mode(certificatePath) == 0o644)
  }

  /// It holds no secret and can be made again: the key is the identity.
  @Test(arguments: ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
  func aDamagedCertificateIsMadeAgain(_ damage: String) throws {
    let first = try load()
    try put(damage, certificatePath, mode: 0o644)
    let second = try load()
    #expect(second.id == first.id)
    #expect(try text(certificatePath) != damage)
    #expect(try load().certificate == second.certificate, "the new one is kept")
  }

  @Test func theCertificateOfAnotherKeyIsNotUsed() throws {
    let other = TemporaryFolder()
    _ = try IdentityFiles(directory: other.path).loadOrCreate()
    let first = try load()
    let foreign = try text(other.path + "/identity.crt")
    try put(foreign, certificatePath, mode: 0o644)
    let second = try load()
    #expect(second.id == first.id)
    #expect(try text(certificatePath) != foreign)
  }

  @Test func aFolderThatCannotBeWrittenIsSaid() {
    let error = #expect(throws: NodeError.self) {
      try IdentityFiles(directory: folder.path + "/missing").loadOrCreate()
    }
    #expect(error?.message.hasPrefix("cannot write the identity") == true)
    #expect(error?.hint == "check the permissions and space of the state folder")
  }

  @Test func theVerificationCodeIsTwiceFourDigits() {
    for _ in 0..<20 {
      let (one, other) = (HandshakeBench.identity().publicKey, HandshakeBench.identity().publicKey)
      let code = one.verificationCode(with: other)
      #expect(code == other.verificationCode(with: one))
      #expect(code.wholeMatch(of: /[0-9]{4}-[0-9]{4}/) != nil)
    }
  }
}
