import FoundationEssentials
import GRDB
import NIOCore
package import PeerModel
import Synchronization

/// The documents of a node: the owner's own and those that peers have given. Equal bytes are on disk once, and nothing
/// that anybody can see tells so: ids are random, every byte is taken in, and limits count every document whole.
package struct DocumentStore: Sendable {
  /// What is kept.
  package struct Limits: Hashable, Sendable {
    /// Bytes of one document.
    package var bytes = 4 << 30
    /// Documents, and their bytes, of one peer.
    package var peerDocuments = 1000
    package var peerBytes = 4 << 30
    /// Bytes of all peers together.
    package var allBytes = 16 << 30
    package init() {}
  }

  private let pool: DatabasePool
  private let folder: DocumentFolder
  private let registry: Registry
  package let limits: Limits
  private let coming: Coming

  /// Opens the store, and removes what a crash has left.
  /// - Throws: ``NodeError`` `configuration`; what the database throws.
  package init(store: Store, registry: Registry, directory: String, limits: Limits = Limits()) throws {
    pool = store.pool
    self.registry = registry
    self.limits = limits
    folder = try DocumentFolder(path: directory)
    coming = Coming()
    let hashes = try pool.read { try Data.fetchSet($0, sql: "SELECT DISTINCT hash FROM document") }
    folder.sweep(keeping: Set(hashes.map { Hexadecimal.text($0) }))
  }

  // MARK: Taking in

  /// A document to take in.
  struct Offer: Sendable {
    var name: String
    /// Bytes, where announced.
    var size: Int?
    /// SHA-256, where announced.
    var hash: [UInt8]?
    /// The peer that gives it; nil for the owner.
    var origin: PeerID?
    var request: String?
  }

  /// Takes a document in; on disk when this returns. The same bytes under the same name from the same origin are the same
  /// document, and so is a repeat of a request.
  /// - Throws: ``NodeError`` `invalid_arguments` for bytes that are not those announced, `limit_reached`, `too_large`,
  ///   `storage_full`; what the source and the database throw.
  func add(
    _ offer: Offer, from source: some AsyncSequence<ByteBuffer, any Error>
  ) async throws -> StoredDocument {
    if let request = offer.request, let origin = offer.origin, let earlier = try await find(request, of: origin) {
      // Whoever sends reads no answer before it has sent all.
      for try await _ in source {}
      return earlier
    }
    // What is on its way counts as if it were here.
    let reservation = try await reserve(offer)
    defer { withExtendedLifetime(reservation) {} }
    let limit = reservation?.size ?? offer.size ?? limits.bytes
    let incoming = try await folder.receive(source, name: offer.name, limit: limit)
    guard offer.size.map({ $0 == incoming.size }) ?? true, offer.hash.map({ $0 == incoming.hash }) ?? true else {
      throw NodeError(.invalidArguments, "/document: the bytes that came are not those that were announced")
    }
    let origin = offer.origin?.description ?? ""
    return try await pool.write { [folder] db in
      // Another upload of the same may have ended first.
      if let same = try StoredDocument.fetchOne(
        db, sql: "SELECT * FROM document WHERE origin = ?1 AND (request = ?2 OR (hash = ?3 AND name = ?4))",
        arguments: [origin, offer.request, Data(incoming.hash), offer.name])
      {
        return same
      }
      let document = StoredDocument(
        id: StoredDocument.newID(), name: offer.name, size: incoming.size, hash: incoming.hash, origin: offer.origin,
        addedAt: Clock.now)
      try folder.publish(incoming)
      try db.execute(
        sql: """
          INSERT INTO document (id, name, size, hash, origin, request, addedAt) VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          document.id, document.name, document.size, Data(document.hash), origin, offer.request, document.addedAt,
        ])
      return document
    }
  }

  private func find(_ request: String, of origin: PeerID) async throws -> StoredDocument? {
    try await pool.read {
      try StoredDocument.fetchOne(
        $0, sql: "SELECT * FROM document WHERE origin = ? AND request = ?", arguments: [origin.description, request])
    }
  }

  private func reserve(_ offer: Offer) async throws -> Coming.Reservation? {
    if let announced = offer.size, announced > limits.bytes {
      throw NodeError(.tooLarge, "\(offer.name) has \(announced) bytes, the limit is \(limits.bytes)")
    }
    guard let peer = offer.origin else { return nil }
    let kept = try await pool.read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT count(*) FILTER (WHERE origin = ?1) AS count, sum(size) FILTER (WHERE origin = ?1) AS bytes,
            sum(size) AS allBytes FROM document WHERE origin <> ''
          """, arguments: [peer.description])
      let (count, bytes, all): (Int?, Int?, Int?) = (row?["count"], row?["bytes"], row?["allBytes"])
      return (count: count ?? 0, bytes: bytes ?? 0, all: all ?? 0)
    }
    return try coming.reserve(offer.size, for: peer, kept, limits)
  }

  // MARK: Looking

  /// All documents, oldest first; of those that a peer may see, with `visibleTo`.
  package func list(visibleTo peer: PeerID? = nil) async throws -> [StoredDocument] {
    let documents = try await pool.read { db in
      var documents = try StoredDocument.fetchAll(db, sql: "SELECT * FROM document ORDER BY addedAt, rowid")
      let shares = try Row.fetchAll(db, sql: "SELECT document, peer FROM documentShare ORDER BY peer")
      let byDocument = Dictionary(grouping: shares) { $0["document"] as String }
      for index in documents.indices {
        documents[index].sharedWith = (byDocument[documents[index].id] ?? []).compactMap { PeerID($0["peer"]) }
      }
      return documents
    }
    // A peer that has changed its key is the same peer.
    return documents.map { document in
      var document = document
      document.origin = document.origin.map { registry.current($0) }
      document.sharedWith = document.sharedWith.map { registry.current($0) }
      return document
    }.filter { document in
      peer.map { document.origin == $0 || document.sharedWith.contains($0) } ?? true
    }
  }

  /// The document that a word means: an id, a unique prefix of one (4 letters or more, with or without `doc-`), or a name.
  /// - Throws: ``NodeError`` `not_found`, or `ambiguous` with the candidates; what the database throws.
  package func resolve(_ word: String, visibleTo peer: PeerID? = nil) async throws -> StoredDocument {
    let documents = try await list(visibleTo: peer)
    let letters = word.hasPrefix("doc-") ? String(word.dropFirst(4)) : word
    let matches = documents.filter { document in
      document.name == word || (letters.utf8.count >= 4 && document.id.dropFirst(4).hasPrefix(letters))
    }
    guard let match = matches.first else {
      throw NodeError(.notFound, "there is no document \(word.prefix(64))", hint: "r docs")
    }
    guard matches.count == 1 else {
      throw NodeError(
        .ambiguous, "\(word) may be any of \(matches.count) documents", hint: "use more letters of the id: r docs",
        candidates: matches.map { "\($0.id) (\($0.name))" })
    }
    return match
  }

  /// The bytes.
  /// - Throws: ``NodeError`` `not_found`.
  package func open(_ document: StoredDocument) throws(NodeError) -> SpooledFile { try folder.open(document) }

  // MARK: Changing

  /// The peer may read the document from now on.
  package func share(_ document: StoredDocument, with peer: PeerID) async throws {
    try await pool.write { db in
      try db.execute(
        sql: "INSERT OR IGNORE INTO documentShare SELECT id, ? FROM document WHERE id = ?",
        arguments: [peer.description, document.id])
    }
  }

  /// Forgets a document, and its bytes unless another one has the same.
  package func remove(_ document: StoredDocument) async throws {
    try await pool.write { [folder] db in
      try db.execute(sql: "DELETE FROM document WHERE id = ?", arguments: [document.id])
      let others = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM document WHERE hash = ?", arguments: [Data(document.hash)])
      // A crash before the commit leaves a row without bytes, so the bytes go after it.
      guard others == 0 else { return }
      db.afterNextTransaction { _ in folder.remove(document.hash) }
    }
  }
}

/// What is on its way from peers, so that several uploads at once stay within the limits of one.
private final class Coming: Sendable {
  private struct State {
    var bytes: [PeerID: Int] = [:]
    var count: [PeerID: Int] = [:]
  }
  private let state = Mutex(State())

  final class Reservation: Sendable {
    private let coming: Coming
    private let peer: PeerID
    /// Bytes.
    let size: Int
    init(_ coming: Coming, _ peer: PeerID, _ size: Int) { (self.coming, self.peer, self.size) = (coming, peer, size) }
    deinit {
      coming.state.withLock { state in
        state.bytes[peer, default: 0] -= size
        state.count[peer, default: 0] -= 1
        if state.count[peer] == 0 { (state.bytes[peer], state.count[peer]) = (nil, nil) }
      }
    }
  }

  /// - Parameter size: nil for one that was not announced, which gets the room that there is.
  /// - Throws: ``NodeError`` `limit_reached`.
  func reserve(
    _ size: Int?, for peer: PeerID, _ kept: (count: Int, bytes: Int, all: Int), _ limits: DocumentStore.Limits
  ) throws(NodeError) -> Reservation {
    let taken = try state.withLock { state throws(NodeError) in
      let count = kept.count + state.count[peer, default: 0]
      let own = limits.peerBytes - kept.bytes - state.bytes[peer, default: 0]
      let all = limits.allBytes - kept.all - state.bytes.values.reduce(0, +)
      let wanted = size ?? max(1, min(limits.bytes, own, all))
      guard count < limits.peerDocuments, wanted <= own else {
        throw Self.full("one peer", "\(limits.peerDocuments) documents and \(limits.peerBytes >> 20) MiB")
      }
      guard wanted <= all else {
        throw Self.full("all peers together", "\(limits.allBytes >> 20) MiB of documents")
      }
      state.bytes[peer, default: 0] += wanted
      state.count[peer, default: 0] += 1
      return wanted
    }
    return Reservation(self, peer, taken)
  }

  private static func full(_ whose: String, _ what: String) -> NodeError {
    NodeError(
      .limitReached, "this node keeps at most \(what) of \(whose)", hint: "its owner makes room with: r docs remove ID")
  }
}
