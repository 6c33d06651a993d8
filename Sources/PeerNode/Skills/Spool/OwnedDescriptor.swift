internal import Glibc
internal import PeerModel

/// Owns one open descriptor and closes it with its last reference.
final class OwnedDescriptor: Sendable {
  let rawValue: Int32

  /// Takes over `rawValue`, which nobody else may close.
  init(owning rawValue: Int32) { self.rawValue = rawValue }

  deinit { close(rawValue) }
}

extension OwnedDescriptor {
  /// Opens the same file once more, for reading only and with an offset of its own.
  /// - Throws: ``NodeError`` `internal` when no descriptor is left or /proc is missing.
  static func reopen(_ other: OwnedDescriptor) throws(NodeError) -> OwnedDescriptor {
    let descriptor = open("/proc/self/fd/\(other.rawValue)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Workspace.failure(errno) }
    return OwnedDescriptor(owning: descriptor)
  }
}
