package import LocalAPI
package import NIOCore
import PeerModel

/// A piece of a file on its way: which stream of the message, its bytes, and whether it is the last piece.
package struct FileChunk: Sendable {
  package var stream: Int
  package var bytes: ByteBuffer
  package var isLast: Bool

  package init(stream: Int, bytes: ByteBuffer, isLast: Bool) {
    self.stream = stream
    self.bytes = bytes
    self.isLast = isLast
  }

  /// The piece as a data frame: head line and raw bytes.
  package func frame(request: RequestID?) -> ByteBuffer {
    let head = DataFrame(request: request, stream: stream, size: bytes.readableBytes, isLast: isLast).head
    var buffer = ByteBuffer()
    buffer.reserveCapacity(head.count + bytes.readableBytes)
    buffer.writeBytes(head)
    buffer.writeImmutableBuffer(bytes)
    return buffer
  }
}

/// The files of one message, in ascending stream order, read once.
package typealias FileChunks = any AsyncSequence<FileChunk, any Error> & Sendable

/// Spooled files as the chunks of a message: the first is stream 1.
package struct SpooledFileChunks: AsyncSequence, Sendable {
  package typealias Element = FileChunk
  package typealias Failure = any Error
  let files: [SpooledFile]

  package init(_ files: [SpooledFile]) { self.files = files }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let files: [SpooledFile]
    var index = 0
    var offset = 0

    package mutating func next() async throws -> FileChunk? {
      guard index < files.count else { return nil }
      let file = files[index]
      let bytes = try file.read(at: offset, count: DataFrame.preferredSize)
      offset += bytes.count
      let isLast = offset >= file.size || bytes.isEmpty
      let chunk = FileChunk(stream: index + 1, bytes: ByteBuffer(bytes: bytes), isLast: isLast)
      if isLast { (index, offset) = (index + 1, 0) }
      return chunk
    }
  }
  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(files: files) }
}
