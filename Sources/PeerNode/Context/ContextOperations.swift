import LocalAPI
import PeerModel

/// Conversation context and memory: the owner's entries, and exchanging them with peers.
extension NodeParts {
  var contextOperations: [Operation] {
    [
      Operation(AppendContext.self, .administer) { parameters, _ in
        let record = try await context.append(parameters, by: identity, at: Clock.now)
        guard let line = lines(of: [record]).first else { throw NodeError.internal }
        return line
      },
      Operation(ListContext.self, .administer, audit: .look) { parameters, _ in
        let origin = try parameters.origin.map { try contextOrigin($0) }
        let entries = try await context.list(
          .init(scope: parameters.scope, session: parameters.session, origin: origin, limit: parameters.limit))
        return ListContext.Result(entries: lines(of: entries))
      },
      Operation(RemoveContext.self, .administer) { parameters, _ in try await remove(parameters) },
      Operation(SyncContext.self, .ownerOnly) { parameters, _ in try await sync(parameters) },
      Operation(PeerSync.self, .syncContext, .post("/v1/p2p/sync"), audience: .peers) { parameters, context in
        guard case .peer(let id, _) = context.caller else {
          throw NodeError(.unauthenticated, "a peer's token is needed")
        }
        return try await serve(parameters, from: id)
      },
    ]
  }

  private func remove(_ parameters: RemoveContext.Parameters) async throws -> RemoveContext.Result {
    guard let id = ContextID(parameters.id, own: identity.id) else {
      throw NodeError(.invalidArguments, "/id: expected the id of an entry, such as m12", hint: "r context")
    }
    guard id.origin == identity.id else {
      let name = originName(id.origin) ?? "another node"
      throw NodeError(
        .notAllowed, "\(name) wrote this entry, and only the node that wrote one can remove it",
        hint: "on \(name), run: r context remove \(id.short)")
    }
    try await context.remove(id, by: identity, at: Clock.now)
    return RemoveContext.Result(removed: id)
  }

  private func sync(_ parameters: SyncContext.Parameters) async throws -> SyncContext.Result {
    let id = try registry.resolve(parameters.peer)
    let outcome = try await exchange.sync(parameters.direction, parameters.scope, with: id, log: context)
    let now = registry.current(id)
    return SyncContext.Result(
      id: now, name: registry.peer(now)?.name ?? now.short, direction: parameters.direction,
      scopes: outcome.scopes.sorted(), sent: outcome.sent, received: outcome.received)
  }

  private func serve(_ parameters: PeerSync.Parameters, from id: PeerID) async throws -> PeerSync.Result {
    let allowed = Set(settings.current.p2p.syncScopes.compactMap { ContextScope(rawValue: $0) })
    let answer = try await context.answer(parameters, allowing: allowed, from: id)
    if answer.accepted > 0 { registry.publish(.contextReceived, id, detail: "\(answer.accepted)") }
    return answer
  }

  private func lines(of records: [ContextRecord]) -> [ContextLine] {
    records.compactMap { record in
      guard case .entry(let entry) = record.content, let text = entry.text else { return nil }
      return ContextLine(
        id: record.id, originName: originName(record.id.origin), session: entry.session, role: entry.role,
        text: text, createdAt: record.createdAt)
    }
  }

  private func contextOrigin(_ word: String) throws(NodeError) -> PeerID {
    if word == "self" { return identity.id }
    // Of a node that is not known here, or no longer, there may be entries too.
    if let id = PeerID(word) { return id }
    return try registry.resolve(word)
  }

  private func originName(_ id: PeerID) -> String? {
    id == identity.id ? settings.name : registry.peer(registry.current(id))?.name
  }
}
