/// Where the daemon's local socket is.
package enum SocketPath {
  /// The socket of the system-wide daemon.
  package static let system = "/run/rd/rd.sock"
  /// Longest path that `sockaddr_un` holds, without its final zero byte.
  package static let maximumLength = 107

  /// What the caller named, else `$RD_SOCKET`, else the user's own daemon where its socket exists, else the system's.
  package static func resolve(
    explicit: String?, environment: (String) -> String?, exists: (String) -> Bool
  ) -> String {
    if let explicit { return explicit }
    if let named = environment("RD_SOCKET"), !named.isEmpty { return named }
    if let own = user(environment: environment), exists(own) { return own }
    return system
  }

  /// The socket of a daemon that runs as the login user; nil outside a login session.
  package static func user(environment: (String) -> String?) -> String? {
    guard let directory = environment("XDG_RUNTIME_DIR"), !directory.isEmpty else { return nil }
    return directory + "/rd/rd.sock"
  }

  /// The socket of those who may only look, beside the local socket: `read.sock` beside `rd.sock`, and the name with
  /// `.read` after it beside any other.
  package static func readers(of socket: String) -> String {
    guard socket == "rd.sock" || socket.hasSuffix("/rd.sock") else { return socket + ".read" }
    return socket.dropLast("rd.sock".count) + "read.sock"
  }

  /// The file that the daemon holds a write lock on while it runs.
  package static func lockFile(of socket: String) -> String { socket + ".lock" }
}
