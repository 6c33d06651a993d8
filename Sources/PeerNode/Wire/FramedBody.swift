import LocalAPI
package import NIOCore
package import PeerModel

/// The media type of a body that is one JSON line and the data frames of its files.
package enum MediaType {
  package static let frames = "application/vnd.rd.frames"
  package static let json = "application/json"
  package static let problem = "application/problem+json"
}

/// Writes a framed body: the JSON line, then the files.
package struct FramedBody: AsyncSequence, Sendable {
  package typealias Element = ByteBuffer
  package typealias Failure = any Error
  let head: JSONValue
  let files: FileChunks

  package init(head: JSONValue, files: FileChunks) {
    self.head = head
    self.files = files
  }

  package struct AsyncIterator: AsyncIteratorProtocol {
    var head: JSONValue?
    var files: any AsyncIteratorProtocol<FileChunk, any Error>

    package mutating func next() async throws -> ByteBuffer? {
      if let line = head {
        head = nil
        return ByteBuffer(bytes: line.bytes + [0x0A])
      }
      return try await files.next(isolation: #isolation)?.frame(request: nil)
    }
  }
  package func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(head: head, files: files.makeAsyncIterator())
  }
}

/// Reads a framed body: the JSON line at once, the files as they are asked for.
///
/// Unchecked because the iterator of a body is not Sendable: the reader is handed from the door that opened it to the
/// one operation that reads the files, and never used by two tasks.
package final class FrameReader<Base: AsyncIteratorProtocol>: AsyncSequence, AsyncIteratorProtocol, @unchecked Sendable
where Base.Element == ByteBuffer, Base: SendableMetatype {
  package typealias Element = FileChunk
  package typealias Failure = any Error

  private var base: Base
  private let patience: Duration?
  private var unread = ByteBuffer()
  private var scanner = FrameScanner()
  private var frame: DataFrame?

  /// - Parameter patience: until the next bytes, where the other end's connection has no such limit of its own.
  package init(_ base: Base, patience: Duration? = nil) {
    self.base = base
    self.patience = patience
  }

  package func makeAsyncIterator() -> FrameReader { self }

  /// The first line as JSON.
  /// - Throws: ``NodeError`` `malformed` or `invalid_request`.
  package func head() async throws -> JSONValue {
    guard let line = try await line() else { throw NodeError(.malformed, "the body ends before its first line does") }
    return try Self.parse(line)
  }

  package func next() async throws -> FileChunk? {
    while frame == nil {
      guard let line = try await line() else { return nil }
      let message = try Message(request: try Self.parse(line))
      guard case .notification(Notification.data, let parameters) = message else {
        throw NodeError(.invalidRequest, "expected a data frame")
      }
      let frame = try DataFrame(parameters: parameters)
      self.frame = frame
      scanner.expectData(frame.size)
    }
    return try await chunk()
  }

  private static func parse(_ line: ByteBuffer) throws(NodeError) -> JSONValue {
    do { return try JSONParser.parse(line.readableBytesView) } catch {
      throw NodeError(.malformed, "not JSON: \(error)")
    }
  }

  private func step() throws(NodeError) -> FrameScanner.Step {
    try unread.withUnsafeReadableBytes { bytes in Result { () throws(NodeError) in try scanner.next(bytes) } }.get()
  }

  /// False at the end of the body.
  private func readMore() async throws -> Bool {
    guard var more = try await nextBytes() else { return false }
    if unread.readableBytes == 0 { unread = more } else { unread.writeBuffer(&more) }
    unread.discardReadBytes()
    return true
  }

  private func nextBytes() async throws -> ByteBuffer? {
    guard let patience else { return try await base.next(isolation: #isolation) }
    // The reader is this task's alone until the deadline's task has ended.
    return try await Deadline.run(until: .now + patience, what: "the next piece of the answer", after: patience) {
      try await self.base.next(isolation: #isolation)
    }
  }

  private func line() async throws -> ByteBuffer? {
    while true {
      if case .line(let length) = try step() {
        let line = unread.readSlice(length: length)
        unread.moveReaderIndex(forwardBy: 1)
        return line
      }
      guard try await readMore() else {
        guard unread.readableBytes == 0 else { throw NodeError(.malformed, "the body ends within a line") }
        return nil
      }
    }
  }

  private func chunk() async throws -> FileChunk? {
    while let frame {
      if case .data(let length, let isEnd) = try step() {
        let bytes = unread.readSlice(length: length) ?? ByteBuffer()
        if isEnd { self.frame = nil }
        return FileChunk(stream: frame.stream, bytes: bytes, isLast: isEnd && frame.isLast)
      }
      guard try await readMore() else { throw NodeError(.malformed, "the body ends within a file") }
    }
    return nil
  }
}
