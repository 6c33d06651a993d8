import AsyncHTTPClient
import Crypto
import FoundationEssentials
import LocalAPI
import NIOCore
import PeerModel

/// Documents of peers.
extension PeerExchange {
  private static let documentsTimeout = Duration.seconds(30)
  /// The slowest connection on which a document is worth sending, bytes a second.
  private static let slowest = 64 << 10

  /// Gives a peer a document. It is there, whole, when this returns.
  /// - Throws: ``NodeError`` of the other node, `peer_unreachable`, `timed_out`, `not_approved`, `unsupported_version` from
  ///   a node that takes no documents.
  func give(_ document: StoredDocument, _ file: SpooledFile, to id: PeerID) async throws -> PeerDocument {
    // A refusal in the middle of a stream could be lost, so the usual ones are asked for before it.
    _ = try await documents(of: id)
    // A stream that broke is sent anew under the same id, which the peer takes in once.
    let parameters = PeerGiveDocument.Parameters(
      requestID: UUID().uuidString.lowercased(),
      document: FileReference(name: document.name, content: .stream(1), size: document.size),
      hash: Hexadecimal.text(document.hash))
    let limit = settings.current.p2p.taskTimeout + .seconds(document.size / Self.slowest)
    let json = try await Deadline.run(until: .now + limit, what: "the transfer", after: limit) {
      try await self.answer(limit) {
        try await self.request(
          id, .post, "/v1/p2p/documents", headers: [("Content-Type", MediaType.frames), ("Accept", MediaType.json)],
          body: { .stream(FramedBody(head: parameters.json, files: SpooledFileChunks([file])), length: .unknown) },
          timeout: limit)
      }
    }
    let given = try PeerGiveDocument.Result(json: json).document
    guard given.hash == parameters.hash, given.size == document.size else {
      throw NodeError(.remoteFailed, "the peer has kept other bytes than it was given")
    }
    return given
  }

  /// The documents that a peer shares with this node.
  func documents(of id: PeerID) async throws -> [PeerDocument] {
    let limit = Self.documentsTimeout
    let json = try await Deadline.run(until: .now + limit, what: "the peer's list of documents", after: limit) {
      try await self.answer(limit) { try await self.request(id, .get, "/v1/p2p/documents", timeout: limit) }
    }
    do {
      return try PeerListDocuments.Result(json: json).documents
    } catch {
      throw NodeError(.remoteFailed, "the peer's list of documents is not right: \(error.message)")
    }
  }

  private func answer(
    _ limit: Duration, _ ask: @Sendable () async throws -> HTTPClientResponse
  ) async throws -> JSONValue {
    do { return try await Self.json(try await ask()) } catch let error as NodeError where error.code == .notFound {
      throw NodeError(.unsupportedVersion, "the peer's rd is older and shares no documents")
    }
  }

  /// The bytes of a document that a peer shares, as they come; they end in an error unless they are the announced ones.
  func bytes(of document: PeerDocument, on id: PeerID) async throws -> FileChunks {
    let limit = settings.current.p2p.taskTimeout + .seconds(document.size / Self.slowest)
    let response = try await request(id, .get, "/v1/p2p/documents/\(document.id)", timeout: limit)
    guard response.status == .ok else {
      _ = try await Self.json(response)
      throw NodeError(.remoteFailed, "the peer answered with status \(response.status.code)")
    }
    return DocumentChunks(body: response.body, document: document, patience: Self.patience)
  }
}

/// The body of an answer as the one file of a message, held to its announced size and hash.
private struct DocumentChunks: AsyncSequence, Sendable {
  typealias Element = FileChunk
  typealias Failure = any Error
  let body: HTTPClientResponse.Body
  let document: PeerDocument
  let patience: Duration

  /// Unchecked because the iterator of a body is not Sendable: it is this iterator's alone until a deadline's task ends.
  fileprivate final class Base: @unchecked Sendable {
    var iterator: HTTPClientResponse.Body.AsyncIterator
    init(_ iterator: HTTPClientResponse.Body.AsyncIterator) { self.iterator = iterator }
    func next() async throws -> ByteBuffer? { try await iterator.next() }
  }

  struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let base: Base
    fileprivate let document: PeerDocument
    fileprivate let patience: Duration
    fileprivate var hash = SHA256()
    fileprivate var left: Int
    fileprivate var isOver = false

    mutating func next() async throws -> FileChunk? {
      guard !isOver else { return nil }
      let bytes = try await Deadline.run(
        until: .now + patience, what: "the next piece of the document", after: patience
      ) { [base] in try await base.next() }
      guard let bytes else {
        guard left == 0, Hexadecimal.text(hash.finalize()) == document.hash else { throw Self.wrong }
        isOver = true
        return FileChunk(stream: 1, bytes: ByteBuffer(), isLast: true)
      }
      guard bytes.readableBytes <= left else { throw Self.wrong }
      left -= bytes.readableBytes
      bytes.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
      return FileChunk(stream: 1, bytes: bytes, isLast: false)
    }

    private static let wrong = NodeError(.remoteFailed, "the peer sent other bytes than it announced")
  }
  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(base: Base(body.makeAsyncIterator()), document: document, patience: patience, left: document.size)
  }
}
