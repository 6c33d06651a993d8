import Glibc

/// Sockets for the tests of what systemd hands over or listens to.
enum TestSockets {
  /// A bound Unix socket.
  static func unix(_ type: __socket_type, path: String) -> CInt {
    let descriptor = socket(AF_UNIX, CInt(type.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    precondition(result == 0, "bind \(path): \(errno)")
    return descriptor
  }

  /// A TCP socket, bound to any port of every address when it listens.
  static func tcp(_ family: CInt) -> CInt { socket(family, CInt(SOCK_STREAM.rawValue), 0) }

  /// The next datagram; waits for it at most ten seconds, and answers nil then.
  static func receive(_ descriptor: CInt) -> String? {
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count >= 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }

  /// A new empty folder.
  static func folder() -> String {
    var template = Array("/tmp/rd-systemd-XXXXXX".utf8CString)
    return mkdtemp(&template).map { String(cString: $0) } ?? "/nowhere"
  }
}
