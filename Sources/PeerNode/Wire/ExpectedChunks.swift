package import PeerModel

/// The files that a message refers to, and no more: ends by itself after the last piece of the last of them, where the
/// connection that brings them goes on with other things.
package struct ExpectedChunks: AsyncSequence, Sendable {
  package typealias Element = FileChunk
  package typealias Failure = any Error

  private let base: FileChunks
  private let streams: Set<Int>

  /// Nil when the message refers to no files.
  package init?(_ base: FileChunks?, for message: JSONValue) {
    let streams = Set(Spooling.streams(in: message).keys)
    guard let base, !streams.isEmpty else { return nil }
    self.base = base
    self.streams = streams
  }

  package struct AsyncIterator: AsyncIteratorProtocol {
    var base: any AsyncIteratorProtocol<FileChunk, any Error>
    var open: Set<Int>

    package mutating func next() async throws -> FileChunk? {
      guard !open.isEmpty else { return nil }
      guard let chunk = try await base.next(isolation: #isolation) else {
        throw NodeError(.malformed, "the files ended before their last byte")
      }
      guard open.contains(chunk.stream) else {
        throw NodeError(.invalidRequest, "stream \(chunk.stream) is unexpected here")
      }
      if chunk.isLast { open.remove(chunk.stream) }
      return chunk
    }
  }
  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), open: streams) }
}
