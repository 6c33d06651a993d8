package import PeerModel

/// The files that a message refers to, and no more: ends by itself after the last piece of the last of them, where the
/// connection that brings them goes on with other things.
package struct ExpectedChunks: AsyncSequence, Sendable {
  package typealias Element = FileChunk
  package typealias Failure = any Error

  private let base: FileChunks
  /// Bytes that each stream may still bring.
  private let room: [Int: Int]

  /// Nil when the message refers to no files.
  /// - Parameter limit: bytes of a file whose size is not announced.
  package init?(_ base: FileChunks?, for message: JSONValue, limit: Int) {
    let references = Spooling.references(in: message)
    guard let base, !references.isEmpty else { return nil }
    self.base = base
    room = references.mapValues { Swift.min(limit, Swift.max(0, $0.size ?? limit)) }
  }

  package struct AsyncIterator: AsyncIteratorProtocol {
    var base: any AsyncIteratorProtocol<FileChunk, any Error>
    var room: [Int: Int]

    package mutating func next() async throws -> FileChunk? {
      guard !room.isEmpty else { return nil }
      guard let chunk = try await base.next(isolation: #isolation) else {
        throw NodeError(.malformed, "the files ended before their last byte")
      }
      guard let left = room[chunk.stream] else {
        throw NodeError(.invalidRequest, "stream \(chunk.stream) is unexpected here")
      }
      guard chunk.bytes.readableBytes <= left else {
        throw NodeError(.tooLarge, "a file is longer than announced or allowed")
      }
      room[chunk.stream] = chunk.isLast ? nil : left - chunk.bytes.readableBytes
      return chunk
    }
  }
  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), room: room) }
}
