import LocalAPI
import Logging
import PeerModel

/// This node's own key.
extension NodeParts {
  var identityOperations: [Operation] {
    [
      Operation(ShowIdentity.self, .view) { _, _ in identityReport },
      Operation(
        RotateIdentity.self, .ownerOnly,
        withFiles: { _, context in
          Operation.Result(try await rotate(by: context.caller).json, afterwards: { rotation.startAnew() })
        }),
    ]
  }

  private var identityReport: ShowIdentity.Result {
    ShowIdentity.Result(
      id: identity.id, fingerprint: identity.publicKey.fingerprint,
      certificateHash: Hexadecimal.text(identity.certificateHash), since: identity.since,
      former: identity.rotations.statements.map { .init(id: $0.old.id, until: $0.time, sequence: $0.sequence) })
  }

  private func rotate(by caller: Caller) async throws -> RotateIdentity.Result {
    let new = try rotation.rotate(now: Clock.now)
    rotation.startAnewSoon()
    let logger = Logger(label: "Identity")
    logger.notice("the key of this node has changed", metadata: ["former": "\(identity.id)", "peer_id": "\(new.id)"])
    let entry = AuditEntry(caller: caller, operation: "rotate_identity", subject: new.id.description, at: Clock.now)
    // The key has changed whatever becomes of the line about it.
    do { try await store.pool.write { try entry.append(to: $0) } } catch {
      logger.error("the change of the key is not in the audit log", metadata: ["error": "\(error)"])
    }
    AuditNotes.current?.noteEntry()
    await rotation.closeDoors()
    return RotateIdentity.Result(
      id: new.id, former: identity.id, fingerprint: new.publicKey.fingerprint,
      sequence: new.rotations.newest?.sequence ?? 1, peers: registry.all().filter { $0.status == .approved }.count)
  }
}
