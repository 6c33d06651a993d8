internal import Glibc
package import PeerModel
internal import Synchronization

/// Fills one ``SpooledFile`` front to back. Safe to hand between tasks; the bytes land in the order of the calls.
package final class SpoolWriter: Sendable {
  /// The label of the file.
  package let name: String
  /// Bytes that the file may have at most.
  package let limit: Int
  private let mediaType: String?
  private let descriptor: OwnedDescriptor
  private let state = Mutex(State())

  private struct State {
    var count = 0
    var isFinished = false
  }

  init(name: String, mediaType: String?, limit: Int, descriptor: OwnedDescriptor) {
    self.name = name
    self.mediaType = mediaType
    self.limit = limit
    self.descriptor = descriptor
  }

  /// Bytes written so far.
  package var count: Int { state.withLock(\.count) }

  /// Appends bytes.
  /// - Throws: ``NodeError`` `too_large` when the file would exceed its limit (nothing of `bytes` is kept then),
  ///   `storage_full` when the disk or a quota is full, `internal` when the disk fails or the file is finished.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(NodeError) {
    try state.withLock { state throws(NodeError) in
      guard !state.isFinished else { throw Workspace.failure(EBADF) }
      guard bytes.count <= limit - state.count else {
        throw NodeError(.tooLarge, "\(name) is larger than the limit of \(limit) bytes")
      }
      var rest = bytes
      while !rest.isEmpty {
        let written = pwrite(descriptor.rawValue, rest.baseAddress, rest.count, state.count)
        if written < 0 {
          if errno == EINTR { continue }
          throw Workspace.failure(errno)
        }
        state.count += written
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }

  /// Appends bytes.
  /// - Throws: as ``write(_:)-(UnsafeRawBufferPointer)``.
  package func write(_ bytes: some Sequence<UInt8>) throws(NodeError) {
    let outcome = bytes.withContiguousStorageIfAvailable { storage in
      Result { () throws(NodeError) in try write(UnsafeRawBufferPointer(storage)) }
    }
    if let outcome { return try outcome.get() }
    try write(Array(bytes))
  }

  /// Ends the file. Later writes fail.
  /// - Throws: ``NodeError`` `internal` when it is finished already or no descriptor is left.
  package func finish() throws(NodeError) -> SpooledFile {
    let size = try state.withLock { state throws(NodeError) in
      guard !state.isFinished else { throw Workspace.failure(EBADF) }
      state.isFinished = true
      return state.count
    }
    // The finished file keeps a read-only descriptor, so that no later mistake can change the bytes.
    let readable = try OwnedDescriptor.reopen(descriptor)
    return SpooledFile(name: name, size: size, mediaType: mediaType, descriptor: readable)
  }
}
