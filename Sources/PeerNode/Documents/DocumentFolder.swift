import Crypto
import Glibc
import NIOCore
import PeerModel
import Synchronization

/// The bytes of documents: a file for each content, named by its SHA-256. Files are written under a name of their own,
/// flushed, and then renamed, so a name stands for whole bytes or for nothing.
struct DocumentFolder: Sendable {
  let path: String
  private static let prefix = "rd-new-"
  /// Bytes between two looks at the room that is left.
  private static let checkInterval = 4 << 20

  /// Makes the folder (0700) when it is missing.
  /// - Throws: ``NodeError`` `configuration`.
  init(path: String) throws(NodeError) {
    self.path = path
    var facts = stat()
    guard mkdir(path, 0o700) == 0 || errno == EEXIST, lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR,
      facts.st_uid == geteuid(), chmod(path, 0o700) == 0
    else {
      throw NodeError(.configuration, "the folder for documents cannot be used", hint: "check the state directory")
    }
  }

  /// Bytes on their way into the folder, gone with the value unless ``publish(_:)`` has named them.
  final class Incoming: Sendable {
    let size: Int
    let hash: [UInt8]
    fileprivate let temporary: String
    private let isNamed = Atomic(false)

    fileprivate init(size: Int, hash: [UInt8], temporary: String) {
      (self.size, self.hash, self.temporary) = (size, hash, temporary)
    }
    fileprivate func noteNamed() { isNamed.store(true, ordering: .relaxed) }
    deinit { if !isNamed.load(ordering: .relaxed) { unlink(temporary) } }
  }

  /// Writes bytes to disk, where they are safe when this returns but have no name yet.
  /// - Throws: ``NodeError`` `too_large` above `limit` bytes, `storage_full`; what the source throws.
  func receive(
    _ source: some AsyncSequence<ByteBuffer, any Error>, name: String, limit: Int
  ) async throws -> Incoming {
    let temporary = "\(path)/\(Self.prefix)\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Workspace.failure(errno) }
    defer { close(descriptor) }
    do {
      var (hash, size, unchecked) = (SHA256(), 0, Self.checkInterval)
      for try await buffer in source {
        guard buffer.readableBytes <= limit - size else {
          throw NodeError(.tooLarge, "\(name) is larger than the limit of \(limit) bytes")
        }
        unchecked += buffer.readableBytes
        if unchecked >= Self.checkInterval {
          try requireRoom()
          unchecked = 0
        }
        try buffer.withUnsafeReadableBytes { bytes in
          hash.update(bufferPointer: bytes)
          try Self.write(bytes, to: descriptor)
        }
        size += buffer.readableBytes
      }
      guard fsync(descriptor) == 0 else { throw Workspace.failure(errno) }
      return Incoming(size: size, hash: Array(hash.finalize()), temporary: temporary)
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(NodeError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw Workspace.failure(errno)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  private func requireRoom() throws(NodeError) {
    var facts = statvfs()
    guard statvfs(path, &facts) == 0, UInt64(facts.f_bavail) * UInt64(facts.f_frsize) >= Workspace.floor else {
      throw NodeError(.storageFull, "the disk of this node is too full to take documents in")
    }
  }

  private func file(_ hash: [UInt8]) -> String { "\(path)/\(Hexadecimal.text(hash))" }

  /// Gives bytes their name. Only within the transaction that writes their row, as with ``remove(_:)``: the two must not
  /// meet.
  func publish(_ incoming: Incoming) throws(NodeError) {
    guard rename(incoming.temporary, file(incoming.hash)) == 0 else { throw Workspace.failure(errno) }
    incoming.noteNamed()
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw Workspace.failure(errno) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw Workspace.failure(errno) }
  }

  /// Removes bytes that no row names.
  func remove(_ hash: [UInt8]) { unlink(file(hash)) }

  /// Removes all that was not finished, or that no row names.
  func sweep(keeping hashes: Set<String>) {
    FolderRemoval.forEachEntry(of: open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) { folder, name in
      let text = String(cString: name)
      let isOurs = text.hasPrefix(Self.prefix) || (text.utf8.count == 64 && Hexadecimal.bytes(text) != nil)
      if isOurs, !hashes.contains(text) { unlinkat(folder, name, 0) }
    }
  }

  /// The bytes of a document, which stay readable when it is removed meanwhile.
  /// - Throws: ``NodeError`` `not_found` when they are gone.
  func open(_ document: StoredDocument) throws(NodeError) -> SpooledFile {
    let descriptor = Glibc.open(file(document.hash), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      throw NodeError(.notFound, "the bytes of \(document.name) are gone from the disk", hint: "r docs")
    }
    let owned = OwnedDescriptor(owning: descriptor)
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, Int(facts.st_size) == document.size else {
      throw NodeError(.internal, "the bytes of \(document.name) on the disk are not those that were taken in")
    }
    return SpooledFile(name: document.name, size: document.size, mediaType: nil, descriptor: owned)
  }

  private func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0) -> Int32 { Glibc.open(path, flags, mode) }
}
