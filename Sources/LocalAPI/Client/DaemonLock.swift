internal import Glibc

/// Tells whether a daemon runs without connecting to its socket, because systemd would start one for a connection.
package enum DaemonLock {
  /// `F_OFD_GETLK` of Linux's fcntl.h, the same number on every architecture; Glibc declares it for `_GNU_SOURCE` only.
  private static let queryLock: Int32 = 36

  /// Whether some process holds the lock that belongs to `socket`; false when that cannot be told.
  package static func isHeld(for socket: String) -> Bool {
    let descriptor = open(SocketPath.lockFile(of: socket), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var query = flock()
    query.l_type = Int16(F_RDLCK)
    query.l_whence = Int16(SEEK_SET)
    guard fcntl(descriptor, queryLock, &query) == 0 else { return false }
    return query.l_type == Int16(F_WRLCK)
  }
}
