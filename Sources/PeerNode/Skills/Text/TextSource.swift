internal import Glibc
internal import PeerModel

/// The text that a tool works on: a file's bytes, or a string that came with the call.
enum TextSource {
  case file(SpooledFile)
  case text(String)

  /// Bytes of lines between two looks at whether the caller still waits.
  private static let checkInterval = 64 << 10

  /// Takes the one of the arguments `file` and `text` that is given.
  /// - Throws: ``NodeError`` `invalid_arguments` when none or both are.
  init(_ arguments: SkillArguments) throws(NodeError) {
    switch (arguments.files["file"], arguments.values["text"]?.stringValue) {
    case (let file?, nil): self = .file(file)
    case (nil, let text?): self = .text(text)
    case (nil, nil): throw NodeError(.invalidArguments, "/file: missing; give either file or text")
    case (_?, _?): throw NodeError(.invalidArguments, "/text: give either file or text, not both")
    }
  }

  /// Calls `body` with the bytes front to back, piece by piece, until there are no more or it returns false. Memory
  /// stays constant however large the file is.
  /// - Throws: what `body` throws, `CancellationError`, or ``NodeError`` `internal` when the disk fails.
  func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Bool) async throws {
    switch self {
    case .text(let text):
      let bytes = Array(text.utf8)
      var offset = 0
      while offset < bytes.count {
        try Task.checkCancellation()
        let end = min(offset + SpooledFile.chunkBytes, bytes.count)
        guard try bytes.withUnsafeBytes({ try body(UnsafeRawBufferPointer(rebasing: $0[offset..<end])) }) else {
          return
        }
        offset = end
        await Task.yield()
      }
    case .file(let file):
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: SpooledFile.chunkBytes, alignment: 64)
      defer { buffer.deallocate() }
      var offset = 0
      while true {
        try Task.checkCancellation()
        let count = try file.read(at: offset, into: buffer)
        guard count > 0, try body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else { return }
        offset += count
        // A file of gigabytes must not keep other tasks from this thread.
        await Task.yield()
      }
    }
  }

  /// Calls `body` with each line's number, from 1, and its bytes without the line end, until there are no more or it
  /// returns false.
  /// - Parameter limit: bytes of one line.
  /// - Throws: ``NodeError`` `too_large` for a longer line, and as ``forEachChunk(_:)``.
  func forEachLine(limit: Int, _ body: (Int, UnsafeRawBufferPointer) throws -> Bool) async throws {
    var number = 0
    var carried: [UInt8] = []
    var isStopped = false
    var unchecked = 0
    try await forEachChunk { chunk in
      var rest = chunk
      while let end = rest.firstNewline {
        number += 1
        let piece = UnsafeRawBufferPointer(rebasing: rest[..<end])
        rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
        unchecked += piece.count
        if unchecked >= Self.checkInterval {
          try Task.checkCancellation()
          unchecked = 0
        }
        guard carried.count + piece.count <= limit else { throw Self.longLine(number, limit) }
        if carried.isEmpty {
          isStopped = try !body(number, piece)
        } else {
          carried.append(contentsOf: piece)
          isStopped = try !carried.withUnsafeBytes { try body(number, $0) }
          carried.removeAll(keepingCapacity: true)
        }
        if isStopped { return false }
      }
      guard carried.count + rest.count <= limit else { throw Self.longLine(number + 1, limit) }
      carried.append(contentsOf: rest)
      return true
    }
    if !isStopped, !carried.isEmpty { _ = try carried.withUnsafeBytes { try body(number + 1, $0) } }
  }

  private static func longLine(_ number: Int, _ limit: Int) -> NodeError {
    NodeError(.tooLarge, "line \(number) is longer than the limit of \(limit) bytes")
  }
}

extension UnsafeRawBufferPointer {
  /// Offset of the first line feed.
  fileprivate var firstNewline: Int? {
    guard let start = baseAddress, let found = memchr(start, 0x0A, count) else { return nil }
    return UnsafeRawPointer(found) - start
  }
}
