import GRDB
import LocalAPI
import PeerModel
import Synchronization
import Testing

@testable import PeerNode

/// One node's context with an identity, in a database in memory.
struct ContextBench: Sendable {
  let identity: Identity
  let queue: DatabaseQueue
  let log: ContextLog

  init(limits: ContextLog.Limits = .init()) throws {
    identity = HandshakeBench.identity()
    queue = try DatabaseQueue()
    try Migrations.migrator.migrate(queue)
    log = ContextLog(queue, limits: limits)
  }

  func add(_ text: String, _ scope: ContextScope = .memory) async throws -> ContextRecord {
    try await log.append(
      .init(scope: scope, session: scope == .session ? "talk" : nil, role: .user, text: text), by: identity,
      at: 1_700_000_000)
  }

  func remove(_ id: ContextID) async throws { try await log.remove(id, by: identity, at: 1_700_000_001) }

  /// What is there to see, by id.
  func texts() async throws -> [ContextID: String] {
    let entries = try await log.list(.init(limit: 100_000))
    return Dictionary(
      uniqueKeysWithValues: entries.map { record in
        guard case .entry(let entry) = record.content else { return (record.id, "a removal") }
        return (record.id, entry.text ?? "no text")
      })
  }

  /// Every record of these scopes, as another node would get it.
  func all(_ scopes: Set<ContextScope> = Set(ContextScope.allCases)) async throws -> [ContextRecord] {
    try await log.missing(from: .init(), in: scopes).records
  }

  /// Exchanges with another node, each message as it is on the wire.
  /// - Parameter lost: the step at which the connection breaks, and whether the request had arrived.
  @discardableResult
  func sync(
    with other: ContextBench, _ direction: SyncDirection = .both, _ selection: ContextSelection = .all,
    lost: (step: Int, hasArrived: Bool)? = nil
  ) async throws -> ContextSync {
    let steps = Mutex(0)
    return try await log.sync(direction, selection, with: other.identity.id) { request in
      let step = steps.withLock { steps in
        steps += 1
        return steps
      }
      let isLost = lost?.step == step
      if isLost, lost?.hasArrived == false { throw NodeError(.peerUnreachable, "the connection to the peer broke") }
      let sent = try PeerSync.Parameters(json: JSONParser.parse(request.json.bytes))
      #expect(PeerSync.parameters.firstFault(of: request.json) == nil)
      let answer = try await other.log.answer(sent, allowing: Set(ContextScope.allCases), from: identity.id)
      if isLost { throw NodeError(.peerUnreachable, "the connection to the peer broke") }
      #expect(PeerSync.result.firstFault(of: answer.json) == nil)
      return try PeerSync.Result(json: JSONParser.parse(answer.json.bytes))
    }
  }
}
