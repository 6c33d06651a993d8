import Crypto
import Glibc
package import PeerModel

/// Changing the key. The new `identity.key` in the place of the old one is the moment of the change: before it the node
/// is the old one, whatever else lies in the folder, and after it the new one.
extension IdentityFiles {
  /// Statements that are kept, newest first.
  private static let keptStatements = 64

  /// Makes a new key and the statement that leads to it, and destroys the old key.
  /// - Parameters:
  ///   - identity: the node's own, as it was loaded.
  ///   - now: seconds since 1970.
  /// - Returns: the new identity, which is on disk.
  /// - Throws: ``NodeError`` `internal` when the files cannot be written, `limit_reached` for a node that has changed
  ///   its key too often; nothing has changed then.
  package func rotate(_ identity: Identity, now: Int) throws(NodeError) -> Identity {
    let sequence = (identity.rotations.newest?.sequence ?? 0) + 1
    guard RotationStatement.sequences.contains(sequence) else {
      throw NodeError(
        .limitReached, "this node has changed its key \(sequence - 1) times, which is as often as its peers follow",
        hint: "start as a new node: rm \(keyPath) \(certificatePath) \(rotationsPath)")
    }
    let key = P256.Signing.PrivateKey()
    let bare = Identity(privateKey: key, certificate: [])
    guard let statement = try? RotationStatement(from: identity, to: bare, sequence: sequence, time: now),
      let chain = try? RotationChain(Array(identity.rotations.adding(statement).statements.prefix(Self.keptStatements)))
    else { throw NodeError.internal }
    // Before the key: a statement whose key never came is not counted, a key without its statement would lose the peers.
    try replace(rotationsPath, with: chain.json.text + "\n", mode: 0o644)
    let old = open(keyPath, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
    defer { close(old) }
    try replace(keyPath, with: key.pemRepresentation + "\n", mode: 0o600)
    Self.overwrite(old)
    // From here on the key has changed; a certificate can be made again.
    return Identity(
      privateKey: key, certificate: (try? certificate(for: key)) ?? [], rotations: chain, since: now)
  }

  /// The statements that lead to this key. Those of a change that a crash cut short are left out.
  /// - Throws: ``NodeError`` `identity_damaged`.
  func rotations(leadingTo key: IdentityKey) throws(NodeError) -> RotationChain {
    guard let text = try read(rotationsPath) else { return .none }
    guard let json = try? JSONParser.parse(text), let statements = try? [RotationStatement](json: json),
      let chain = try? RotationChain(Array(statements.drop { $0.new != key }))
    else {
      throw NodeError(
        .identityDamaged,
        "identity.rotations is damaged; with it, peers that have not seen this node since it changed its key know it",
        hint: "restore it from a backup, or ask those peers for approval anew: rm \(rotationsPath)")
    }
    return chain
  }

  /// Removes what a crash in the middle of a change has left.
  func removeLeftovers() {
    for path in [keyPath, certificatePath, rotationsPath] { unlink(File.temporary(of: path)) }
  }

  /// Writes over a key that has lost its name. File systems that copy on write, and flash memory, may keep the old bytes
  /// nonetheless.
  private static func overwrite(_ descriptor: Int32) {
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return }
    let zeros = [UInt8](repeating: 0, count: Int(status.st_size))
    _ = pwrite(descriptor, zeros, zeros.count, 0)
    fsync(descriptor)
  }

  private func replace(_ path: String, with text: String, mode: UInt32) throws(NodeError) {
    do { try File.replaceAtomically(path, Array(text.utf8), mode: mode) } catch { throw Self.unwritable(error) }
  }
}
