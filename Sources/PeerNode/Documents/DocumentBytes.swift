import NIOCore
import PeerModel

/// The bytes of a document that comes with a message: as a stream beside it, or inside it.
struct DocumentBytes: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  typealias Failure = any Error

  private enum Source: Sendable {
    case stream(ExpectedChunks)
    case base64(String)
    case text(String)
  }
  private let source: Source

  /// - Parameters:
  ///   - message: the parameters that have the reference.
  ///   - limit: bytes, where no size is announced.
  /// - Throws: ``NodeError`` `invalid_arguments` when the stream did not come.
  init(_ reference: FileReference, of message: JSONValue, _ files: FileChunks?, limit: Int) throws(NodeError) {
    switch reference.content {
    case .base64(let text): source = .base64(text)
    case .text(let text): source = .text(text)
    case .stream(let number):
      guard let chunks = ExpectedChunks(files, for: message, limit: limit) else {
        throw NodeError(.invalidArguments, "stream \(number) did not come with the document")
      }
      source = .stream(chunks)
    }
  }

  struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var stream: ExpectedChunks.AsyncIterator?
    fileprivate var decoder: Base64Decoder?
    fileprivate var text: String?

    mutating func next() async throws -> ByteBuffer? {
      if stream != nil { return try await stream?.next()?.bytes }
      if let text {
        self.text = nil
        return ByteBuffer(string: text)
      }
      guard decoder != nil else { return nil }
      guard let bytes = decoder?.next() else {
        throw NodeError(.invalidArguments, "/document/base64: not base64 (RFC 4648, section 4)")
      }
      return bytes.isEmpty ? nil : ByteBuffer(bytes: bytes)
    }
  }
  func makeAsyncIterator() -> AsyncIterator {
    switch source {
    case .stream(let chunks): AsyncIterator(stream: chunks.makeAsyncIterator())
    case .base64(let text): AsyncIterator(decoder: Base64Decoder(text))
    case .text(let text): AsyncIterator(text: text)
    }
  }
}
