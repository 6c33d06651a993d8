import Glibc
package import PeerModel

/// The lock file beside the local socket, held while the daemon runs: completion tests it, so that pressing Tab never
/// starts a daemon through its activating socket; and a second daemon on the same path is refused.
package final class SocketLock: Sendable {
  private let descriptor: Int32

  /// - Parameter socket: the path of the local socket.
  /// - Throws: ``NodeError`` `already_running` when another daemon holds it, `configuration` when it cannot be made.
  package init(socket: String) throws(NodeError) {
    let path = socket + ".lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw NodeError(
        .configuration, "cannot make \(path): \(String(cString: strerror(errno)))",
        hint: "make its folder, or name another socket: rd --socket PATH")
    }
    fchmod(descriptor, 0o644)
    var lock = flock(
      l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    guard fcntl(descriptor, setOpenFileLock, &lock) == 0 else {
      close(descriptor)
      throw NodeError(
        .alreadyRunning, "another rd serves \(socket)", hint: "stop it, or name another socket: rd --socket PATH")
    }
  }

  deinit { close(descriptor) }

  /// F_OFD_SETLK, which Glibc hides behind _GNU_SOURCE.
  private let setOpenFileLock: Int32 = 37
}
