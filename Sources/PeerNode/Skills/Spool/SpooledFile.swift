internal import Glibc
package import PeerModel

/// The bytes of a file in a private temporary file that has no name, so no path leads to it and nothing is left behind
/// when the process ends. The bytes never change, and go away with the last reference.
package final class SpooledFile: Sendable {
  /// The most that one ``read(at:count:)`` gives, so that no reader holds a cooperative thread for long.
  package static let chunkBytes = 256 << 10

  /// The file's name where it came from, or the one proposed to whoever saves it: a label, never a path.
  package let name: String
  /// Bytes.
  package let size: Int
  /// The media type (RFC 6838), where known.
  package let mediaType: String?
  private let descriptor: OwnedDescriptor

  init(name: String, size: Int, mediaType: String?, descriptor: OwnedDescriptor) {
    self.name = name
    self.size = size
    self.mediaType = mediaType
    self.descriptor = descriptor
  }

  /// The same bytes under another label.
  package func labelled(name: String, mediaType: String?) -> SpooledFile {
    SpooledFile(name: name, size: size, mediaType: mediaType, descriptor: descriptor)
  }

  /// Copies bytes from `offset` on into `buffer`.
  /// - Returns: how many bytes; 0 at the end of the file only.
  /// - Throws: ``NodeError`` `internal` when the disk fails.
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(NodeError) -> Int {
    while true {
      let count = pread(descriptor.rawValue, buffer.baseAddress, min(buffer.count, Self.chunkBytes), offset)
      if count >= 0 { return count }
      guard errno == EINTR else { throw Workspace.failure(errno) }
    }
  }

  /// At most `count` bytes from `offset` on, and at most ``chunkBytes``.
  /// - Returns: an empty array at the end of the file only.
  /// - Throws: ``NodeError`` `internal` when the disk fails.
  package func read(at offset: Int, count: Int = chunkBytes) throws(NodeError) -> [UInt8] {
    let capacity = max(0, min(count, Self.chunkBytes, size - offset))
    var failure: NodeError?
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
      do throws(NodeError) {
        filled = try read(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  /// All bytes, for files that are known to be small.
  /// - Throws: ``NodeError`` `too_large` when there are more than `limit`, `internal` when the disk fails.
  package func contents(limit: Int) throws(NodeError) -> [UInt8] {
    guard size <= limit else {
      throw NodeError(.tooLarge, "\(name) has \(size) bytes, the limit is \(limit)")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    while true {
      let chunk = try read(at: bytes.count)
      guard !chunk.isEmpty else { return bytes }
      bytes.append(contentsOf: chunk)
    }
  }

  /// A new read-only descriptor of the file with an offset of its own, for a child's standard input: what the child
  /// reads moves nobody else's position, and what it writes fails.
  /// - Throws: ``NodeError`` `internal` when no descriptor is left.
  func openForReading() throws(NodeError) -> OwnedDescriptor {
    try OwnedDescriptor.reopen(descriptor)
  }
}
