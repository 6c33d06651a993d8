import LocalAPI
import Logging
import PeerModel

extension Operation {
  /// How it is recorded what became of an operation.
  package enum Audit: Sendable {
    /// It only looks: written in the background.
    case look
    /// A look that goes on until the caller has enough: recorded when it begins.
    case stream
    /// It changes or runs something: on disk before it is answered.
    case change
  }
}

/// Puts every operation on record, whichever door it came through. The one place that does.
struct AuditRecorder: Sendable {
  let log: AuditLog
  let registry: Registry
  private let logger = Logger(label: "Audit")

  init(log: AuditLog, registry: Registry) {
    self.log = log
    self.registry = registry
  }

  /// Names of entries that are shorter than those of the operations: what the transaction of a decision calls it.
  private static let names = [
    "p2p.approve_peer": "approve", "p2p.reject_peer": "reject", "peers.trust": "trust", "peers.block": "block",
    "peers.remove": "remove", "peer.skill": "skill", "p2p.remote_skill": "call", "peer.task": "task",
    "peer.sync": "sync",
    "peers.perform": "administer",
  ]
  private static let refusals: Set<ErrorCode> = [.notAllowed, .notApproved, .unauthenticated]
  /// A peer's name or id is no longer; what is, is not worth comparing with all of them.
  private static let longestWord = 255

  /// Runs an operation and records what became of it.
  /// - Parameter work: gets a function to call when the operation is authorised and its parameters are valid.
  func record(
    _ operation: Operation, _ parameters: JSONValue, _ context: Operation.Context,
    _ work: @Sendable (_ starting: @escaping @Sendable () -> Void) async throws -> Operation.Result
  ) async throws -> Operation.Result {
    let notes = AuditNotes(caller: context.caller)
    let entry = draft(operation, parameters, context.caller)
    // An operation within another, such as a tool of the skill p2p: one entry does for both.
    defer { AuditNotes.current?.noteEntry() }
    let result: Operation.Result
    do {
      result = try await AuditNotes.$current.withValue(notes) {
        try await work {
          notes.noteStart()
          if operation.audit == .stream { log.note(entry, by: context.caller) }
        }
      }
    } catch {
      await recordFailure(error, operation, entry, notes)
      throw error
    }
    try await recordSuccess(result, operation, entry, notes)
    return result
  }

  private func recordSuccess(
    _ result: Operation.Result, _ operation: Operation, _ entry: AuditEntry, _ notes: AuditNotes
  ) async throws {
    switch operation.audit {
    case .stream: break
    case .look: log.note(entry, by: notes.caller)
    case .change where notes.hasEntry: log.noteWritten(1)
    case .change:
      var entry = entry
      if result.value["success"] == .bool(false) { entry.outcome = ErrorCode.skillFailed.rawValue }
      entry.subject = entry.subject ?? result.value["peer_id"]?.stringValue.flatMap { PeerID($0)?.description }
      try await log.write(entry)
    }
  }

  private func recordFailure(
    _ error: any Error, _ operation: Operation, _ entry: AuditEntry, _ notes: AuditNotes
  ) async {
    guard !notes.hasEntry, operation.audit != .stream || !notes.isStarted else { return }
    var entry = entry
    let code = (error as? NodeError ?? NodeError(storage: error))?.code
    entry.outcome = (code ?? (error is CancellationError ? .cancelled : .internal)).rawValue
    if let code, Self.refusals.contains(code) { entry.isLook = false }
    guard operation.audit == .change, notes.isStarted else {
      log.note(entry, by: notes.caller)
      return
    }
    do { try await log.write(entry) } catch {
      logger.error("an operation that failed is not on record", metadata: ["error": "\(error)"])
    }
  }

  /// A refusal before the parameters were read.
  func noteRefusal(of operation: Operation, by caller: Caller, _ error: NodeError) {
    var entry = draft(operation, [:], caller)
    entry.outcome = error.code.rawValue
    entry.isLook = false
    log.note(entry, by: caller)
  }

  private func draft(_ operation: Operation, _ parameters: JSONValue, _ caller: Caller) -> AuditEntry {
    let peer = parameters["peer_id"]?.stringValue.flatMap { word in
      word.utf8.count <= Self.longestWord ? try? registry.resolve(word) : nil
    }
    let words = [parameters["skill"], parameters["tool"]].compactMap { $0?.stringValue }
    let isCall = !words.isEmpty
    return AuditEntry(
      caller: caller.auditName, operation: Self.names[operation.name] ?? operation.name, target: isCall ? peer : nil,
      subject: isCall
        ? words.joined(separator: ".")
        : operation.name == RestartMCPServer.name ? parameters["name"]?.stringValue : peer?.description,
      request: parameters["request_id"]?.stringValue, isLook: operation.audit != .change, at: Clock.now)
  }
}
