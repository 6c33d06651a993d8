import Glibc
package import PeerModel

/// The folder that holds everything a node keeps, locked against a second daemon for as long as the value lives.
package final class StateDirectory: Sendable {
  package let path: String
  private let lock: Int32

  /// Makes the folder (0700) if need be, and locks it.
  /// - Throws: ``NodeError`` `already_running` when another daemon holds it, `configuration` when it cannot be used.
  package init(path: String) throws(NodeError) {
    self.path = path
    guard StateDirectory.makeFolders(path) else {
      throw NodeError(
        .configuration, "cannot make the state folder \(path): \(String(cString: strerror(errno)))",
        hint: "name another one: rd --state-dir DIR")
    }
    lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else {
      throw NodeError(
        .configuration, "cannot write to the state folder \(path): \(String(cString: strerror(errno)))",
        hint: "name another one: rd --state-dir DIR")
    }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw NodeError(
        .alreadyRunning, "another rd already uses the state folder \(path)",
        hint: "stop it, or give this one its own: rd --state-dir DIR")
    }
  }

  deinit { close(lock) }

  private static func makeFolders(_ path: String) -> Bool {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return access(path, W_OK | X_OK) == 0 }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return false }
    return makeFolders(String(path[..<slash])) && (mkdir(path, 0o700) == 0 || errno == EEXIST)
  }
}
