import LocalAPI
import NIOCore
import PeerModel

/// Cuts what a local client sends into lines and the raw runs that data frames announce.
struct LineReader {
  enum Item {
    case line(ByteBuffer)
    case chunk(DataFrame, FileChunk)
  }

  private var inbound: LocalConnection.Inbound.AsyncIterator
  private var unread = ByteBuffer()
  private var scanner = FrameScanner()
  private var frame: DataFrame?

  init(_ inbound: LocalConnection.Inbound.AsyncIterator) { self.inbound = inbound }

  /// After a data frame's head line: its bytes come next.
  mutating func expect(_ frame: DataFrame) {
    self.frame = frame
    scanner.expectData(frame.size)
  }

  /// - Throws: ``NodeError`` `invalid_request` for a line that is too long.
  mutating func next() async throws -> Item? {
    while true {
      var scanner = scanner
      let step = try unread.withUnsafeReadableBytes { bytes in
        Result { () throws(NodeError) in try scanner.next(bytes) }
      }.get()
      self.scanner = scanner
      switch step {
      case .line(let length):
        let line = unread.readSlice(length: length) ?? ByteBuffer()
        unread.moveReaderIndex(forwardBy: 1)
        return .line(line)
      case .data(let length, let isEnd):
        guard let frame else { throw NodeError.internal }
        let bytes = unread.readSlice(length: length) ?? ByteBuffer()
        if isEnd { self.frame = nil }
        return .chunk(frame, FileChunk(stream: frame.stream, bytes: bytes, isLast: isEnd && frame.isLast))
      case .needMore:
        guard var more = try await inbound.next() else { return nil }
        if unread.readableBytes == 0 { unread = more } else { unread.writeBuffer(&more) }
        unread.discardReadBytes()
      }
    }
  }
}
