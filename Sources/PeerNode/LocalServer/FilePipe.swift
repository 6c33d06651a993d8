import PeerModel

/// Carries the file chunks of one request from the connection's reader to the operation, a few at a time: a reader that
/// is ahead waits, so that memory stays flat; when nobody wants the rest, it is dropped.
actor FilePipe: AsyncSequence {
  typealias Element = FileChunk
  typealias Failure = any Error

  private static let capacity = 8
  private var chunks: [FileChunk] = []
  private var isClosed = false
  private var isUnwanted = false
  private var reader: CheckedContinuation<Void, Never>?
  private var writer: CheckedContinuation<Void, Never>?

  /// Takes a chunk; returns when there is room for the next.
  func send(_ chunk: FileChunk) async {
    guard !isUnwanted, !isClosed else { return }
    chunks.append(chunk)
    wakeReader()
    while chunks.count >= Self.capacity, !isUnwanted {
      await withCheckedContinuation { writer = $0 }
    }
  }

  /// No more chunks will come: after those that are here, reading fails.
  func close() {
    isClosed = true
    wakeReader()
  }

  /// The operation is done: what else comes is dropped.
  func drop() {
    isUnwanted = true
    chunks = []
    wakeWriter()
  }

  private func wakeReader() {
    reader?.resume()
    reader = nil
  }
  private func wakeWriter() {
    writer?.resume()
    writer = nil
  }

  private func next() async throws -> FileChunk? {
    while chunks.isEmpty {
      guard !isClosed else { throw NodeError(.malformed, "the connection ended within a file") }
      await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
          if Task.isCancelled { continuation.resume() } else { reader = continuation }
        }
      } onCancel: {
        // The handler cannot wait; the pipe is woken soon after.
        Task { await self.wakeReader() }
      }
      try Task.checkCancellation()
    }
    let chunk = chunks.removeFirst()
    if chunks.count < Self.capacity { wakeWriter() }
    return chunk
  }

  struct AsyncIterator: AsyncIteratorProtocol {
    let pipe: FilePipe
    mutating func next() async throws -> FileChunk? { try await pipe.next() }
  }
  nonisolated func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pipe: self) }
}
