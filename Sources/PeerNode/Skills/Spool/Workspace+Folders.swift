internal import Glibc
internal import PeerModel

extension Workspace {
  /// How the names of all that a process makes here begin: what is removed at start is ours by its name, so a folder
  /// that was configured by mistake loses nothing.
  private static let prefix = "rd-spool-"

  /// A path that nothing has, made of 64 random bits.
  private func newPath() -> String {
    "\(directory)/\(Self.prefix)\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
  }

  /// Opens a new file that has no name.
  /// - Throws: ``NodeError`` `storage_full`, or `internal` when no descriptor is left.
  func openNameless() throws(NodeError) -> OwnedDescriptor {
    // Glibc's overlay has no O_TMPFILE; it is this bit and O_DIRECTORY (asm-generic/fcntl.h).
    let temporary = 0o20_000_000 | O_DIRECTORY
    let descriptor = open(directory, temporary | O_RDWR | O_CLOEXEC, 0o600)
    if descriptor >= 0 { return OwnedDescriptor(owning: descriptor) }
    switch errno {
    case EOPNOTSUPP, EISDIR, ENOENT, EINVAL: return try openUnlinked()
    case let number: throw Self.failure(number)
    }
  }

  /// The same for file systems without O_TMPFILE (overlayfs before Linux 6.1, NFS): a name that lives for an instant.
  /// - Throws: ``NodeError`` `storage_full`, or `internal` when no descriptor is left.
  func openUnlinked() throws(NodeError) -> OwnedDescriptor {
    let path = newPath()
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure(errno) }
    unlink(path)
    return OwnedDescriptor(owning: descriptor)
  }

  /// Gives `body` the path of a new folder that goes away, with all that is in it, when `body` ends.
  /// - Throws: ``NodeError`` `storage_full` or `internal` when it cannot be made, and what `body` throws.
  func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = newPath()
    guard mkdir(path, 0o700) == 0 else { throw Self.failure(errno) }
    defer { FolderRemoval.remove(path) }
    return try await body(path)
  }

  /// Removes what an earlier process left.
  func removeLeftovers() {
    FolderRemoval.forEachEntry(of: open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) { folder, name in
      if String(cString: name).hasPrefix(Self.prefix) { FolderRemoval.remove(name, in: folder) }
    }
  }

  /// The error for an `errno` of an operation on a temporary file.
  static func failure(_ number: Int32) -> NodeError {
    switch number {
    case ENOSPC, EDQUOT: NodeError(.storageFull, "there is no space left for temporary files")
    default: NodeError(.internal, "a temporary file cannot be used (errno \(number))")
    }
  }
}
