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

/// Spooled files as the chunks of a message, as often as it is sent.
package struct SpooledFileChunks: AsyncSequence, Sendable {
  package typealias Element = FileChunk
  package typealias Failure = any Error
  private let files: [(stream: Int, file: SpooledFile)]

  /// The first is stream 1.
  package init(_ files: [SpooledFile]) { self.files = files.enumerated().map { ($0.offset + 1, $0.element) } }

  /// By stream number.
  package init(_ files: [Int: SpooledFile]) { self.files = files.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }

  package struct AsyncIterator: AsyncIteratorProtocol {
    let files: [(stream: Int, file: SpooledFile)]
    var index = 0
    var offset = 0

    package mutating func next() async throws -> FileChunk? {
      guard index < files.count else { return nil }
      let (stream, file) = files[index]
      let bytes = try file.read(at: offset, count: DataFrame.preferredSize)
      offset += bytes.count
      let isLast = offset >= file.size || bytes.isEmpty
      let chunk = FileChunk(stream: stream, bytes: ByteBuffer(bytes: bytes), isLast: isLast)
      if isLast { (index, offset) = (index + 1, 0) }
      return chunk
    }
  }
  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(files: files) }
}
