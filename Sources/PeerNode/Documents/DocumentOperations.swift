import FoundationEssentials
import LocalAPI
import PeerModel

/// Documents: the owner's, and those that go between peers.
extension NodeParts {
  var documentOperations: [Operation] {
    [
      Operation(
        AddDocument.self, .ownerOnly,
        withFiles: { parameters, context in
          let document = try await take(parameters.file, of: parameters.json, context.files)
          return Operation.Result(line(document).json)
        }),
      Operation(ListDocuments.self, .administer, audit: .look) { parameters, _ in
        guard let word = parameters.peer else {
          return ListDocuments.Result(documents: try await documents.list().map { line($0) })
        }
        let id = try registry.resolve(word)
        return ListDocuments.Result(documents: try await exchange.documents(of: id).map { line($0, of: id) })
      },
      Operation(
        GetDocument.self, .ownerOnly, audit: .look, withFiles: { parameters, _ in try await get(parameters) }),
      Operation(RemoveDocument.self, .administer) { parameters, _ in
        let document = try await documents.resolve(parameters.id)
        try await documents.remove(document)
        return RemoveDocument.Result(removed: document.id)
      },
      Operation(ShareDocument.self, .ownerOnly) { parameters, _ in try await share(parameters) },
    ] + peerDocumentOperations
  }

  private var peerDocumentOperations: [Operation] {
    [
      Operation(
        PeerListDocuments.self, .shareDocuments, .get("/v1/p2p/documents"), audience: .peers, audit: .look
      ) { _, context in
        let peer = try context.peer
        return PeerListDocuments.Result(
          documents: try await documents.list(visibleTo: peer).suffix(PeerListDocuments.maximum).map {
            PeerDocument($0, for: peer)
          })
      },
      Operation(
        PeerGetDocument.self, .shareDocuments, .get("/v1/p2p/documents/{id}"), audience: .peers, audit: .look,
        withFiles: { parameters, context in
          let document = try await visible(parameters.id, to: try context.peer)
          return Operation.Result(
            [:], content: .init(file: try documents.open(document), hash: Hexadecimal.text(document.hash)))
        }),
      Operation(
        PeerGiveDocument.self, .shareDocuments, .post("/v1/p2p/documents"), audience: .peers,
        withFiles: { parameters, context in
          let peer = try context.peer
          let document = try await take(
            parameters.document, of: parameters.json, context.files, from: peer, request: parameters.requestID,
            hash: parameters.hash)
          registry.publish(.documentReceived, peer, detail: document.id)
          return Operation.Result(
            PeerGiveDocument.Result(requestID: parameters.requestID, document: PeerDocument(document, for: peer)).json)
        }),
      Operation(
        PeerRemoveDocument.self, .shareDocuments, .delete("/v1/p2p/documents/{id}"), audience: .peers
      ) { parameters, context in
        let peer = try context.peer
        let document = try await visible(parameters.id, to: peer)
        guard document.origin == peer else {
          throw NodeError(.notAllowed, "only documents that the caller gave can be removed by it")
        }
        try await documents.remove(document)
        return RemoveDocument.Result(removed: document.id)
      },
    ]
  }

  /// A peer names documents by their whole ids.
  private func visible(_ id: String, to peer: PeerID) async throws -> StoredDocument {
    guard let document = try await documents.list(visibleTo: peer).first(where: { $0.id == id }) else {
      throw NodeError(.notFound, "there is no document \(id.prefix(64)) for this peer")
    }
    return document
  }

  private func take(
    _ reference: FileReference, of message: JSONValue, _ files: FileChunks?, from peer: PeerID? = nil,
    request: String? = nil, hash: String? = nil
  ) async throws -> StoredDocument {
    let announced = try hash.map { text in
      guard let bytes = Hexadecimal.bytes(text), bytes.count == 32 else {
        throw NodeError(.invalidArguments, "/sha256: expected 64 hexadecimal digits")
      }
      return bytes
    }
    let bytes = try DocumentBytes(reference, of: message, files, limit: documents.limits.bytes)
    return try await documents.add(
      .init(name: reference.name, size: reference.size, hash: announced, origin: peer, request: request), from: bytes)
  }

  private func get(_ parameters: GetDocument.Parameters) async throws -> Operation.Result {
    guard let word = parameters.peer else {
      let document = try await documents.resolve(parameters.id)
      let file = try documents.open(document)
      return result(line(document), SpooledFileChunks([file]))
    }
    let id = try registry.resolve(word)
    let shared = try await exchange.documents(of: id)
    let matches = shared.filter { $0.id == parameters.id || $0.name == parameters.id }
    guard let document = matches.first else {
      throw NodeError(
        .notFound, "the peer shares no document \(parameters.id.prefix(64)) with this node",
        hint: "r docs --from \(id.short)")
    }
    guard matches.count == 1 else {
      throw NodeError(
        .ambiguous, "\(parameters.id) may be any of \(matches.count) documents",
        candidates: matches.map { "\($0.id) (\($0.name))" })
    }
    return result(line(document, of: id), try await exchange.bytes(of: document, on: id))
  }

  private func result(_ line: DocumentLine, _ files: FileChunks) -> Operation.Result {
    let reference = FileReference(name: line.name, content: .stream(1), size: line.size)
    return Operation.Result(GetDocument.Result(document: line, file: reference).json, files: files)
  }

  private func share(_ parameters: ShareDocument.Parameters) async throws -> ShareDocument.Result {
    guard !parameters.peers.isEmpty else {
      throw NodeError(.invalidArguments, "/peers: name at least one peer", hint: "r peers")
    }
    let document = try await documents.resolve(parameters.document)
    let outcomes = await withTaskGroup(of: (Int, ShareDocument.Outcome).self) { group in
      for (index, word) in parameters.peers.enumerated() {
        group.addTask { (index, await give(document, to: word)) }
      }
      var outcomes: [(Int, ShareDocument.Outcome)] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes.sorted { $0.0 < $1.0 }.map(\.1)
    }
    try Task.checkCancellation()
    return ShareDocument.Result(document: line(try await documents.resolve(document.id)), outcomes: outcomes)
  }

  /// One peer's outcome: whatever becomes of it stops no other.
  private func give(_ document: StoredDocument, to word: String) async -> ShareDocument.Outcome {
    var id: PeerID?
    do {
      let peer = try registry.resolve(word)
      id = peer
      let given = try await exchange.give(document, try documents.open(document), to: peer)
      try await documents.share(document, with: registry.current(peer))
      return .init(peer: word, id: registry.current(peer), document: given.id)
    } catch {
      let failure = error as? NodeError ?? NodeError(storage: error) ?? .internal
      return .init(
        peer: word, id: id, code: failure.code.rawValue, error: failure.message,
        hint: failure.hint ?? (failure.code == .notAllowed ? id.map { "r can \($0.short) share_documents" } : nil))
    }
  }

  private func line(_ document: StoredDocument) -> DocumentLine {
    DocumentLine(
      id: document.id, name: document.name, size: document.size, hash: Hexadecimal.text(document.hash),
      origin: document.origin, originName: document.origin.map { registry.peer($0)?.name ?? $0.short },
      addedAt: document.addedAt, sharedWith: document.sharedWith)
  }

  private func line(_ document: PeerDocument, of peer: PeerID) -> DocumentLine {
    DocumentLine(
      id: document.id, name: document.name, size: document.size, hash: document.hash, origin: peer,
      originName: registry.peer(peer)?.name, addedAt: document.addedAt, sharedWith: [])
  }
}

extension Operation.Context {
  /// The peer that calls.
  var peer: PeerID {
    get throws(NodeError) {
      guard case .peer(let id, _) = caller else { throw NodeError(.unauthenticated, "a peer's token is needed") }
      return id
    }
  }
}
