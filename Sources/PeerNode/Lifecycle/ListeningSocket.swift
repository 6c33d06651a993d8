import Glibc
package import PeerModel
import Synchronization

/// A socket that listens already: inherited from systemd, or bound here before anything else starts, so that a taken
/// port is known at once.
package final class ListeningSocket: Sendable {
  /// The TCP port, 0 for a Unix socket.
  package let port: Int
  private let descriptor: Mutex<CInt?>

  /// Takes over a descriptor that listens.
  package init(inherited descriptor: CInt) {
    self.descriptor = Mutex(descriptor)
    port = Self.port(of: descriptor)
  }

  deinit { if let descriptor = descriptor.withLock({ $0 }) { close(descriptor) } }

  /// Hands the descriptor to the one who serves it, who closes it.
  /// - Throws: ``SystemError`` when it was handed out before.
  package func takeDescriptor() throws(SystemError) -> CInt {
    let taken = descriptor.withLock { value -> CInt? in
      defer { value = nil }
      return value
    }
    guard let taken else { throw SystemError("dup", EBADF) }
    return taken
  }

  /// Another descriptor of the same socket.
  /// - Throws: ``NodeError`` `configuration` when the process has none left.
  func duplicate() throws(NodeError) -> ListeningSocket {
    let copy = descriptor.withLock { $0.map { fcntl($0, F_DUPFD_CLOEXEC, 0) } ?? -1 }
    guard copy >= 0 else {
      throw NodeError(.configuration, "no file descriptor is left for a listening socket", hint: "ulimit -n 4096")
    }
    return ListeningSocket(inherited: copy)
  }

  /// Binds TCP sockets for an address of the configuration: empty or `::` both families, else that one.
  /// - Throws: ``NodeError`` `configuration` with what to do.
  package static func tcp(host: String, port: Int) throws(NodeError) -> [ListeningSocket] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let node = host == "localhost" ? "127.0.0.1" : host.isEmpty ? "::" : host
    guard getaddrinfo(node, String(port), &hints, &list) == 0, let entry = list else {
      throw NodeError(.configuration, "p2p.listen_host \(host) is not an address of this machine")
    }
    defer { freeaddrinfo(list) }
    do { return [try bind(entry.pointee)] } catch {
      // A machine without IPv6 serves IPv4 alone.
      if node == "::", error.number == EAFNOSUPPORT || error.number == EADDRNOTAVAIL {
        return try tcp(host: "0.0.0.0", port: port)
      }
      throw NodeError(
        .configuration, "cannot listen on port \(port): \(String(cString: strerror(error.number)))",
        hint: error.number == EADDRINUSE
          ? "find who has it: ss -ltnp 'sport = :\(port)', or use another: rd --port N" : nil)
    }
  }

  private static func bind(_ entry: addrinfo) throws(SystemError) -> ListeningSocket {
    let descriptor = socket(entry.ai_family, entry.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SystemError("socket") }
    var on: Int32 = 1
    var off: Int32 = 0
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    if entry.ai_family == AF_INET6 {
      setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, socklen_t(MemoryLayout<Int32>.size))
    }
    guard Glibc.bind(descriptor, entry.ai_addr, entry.ai_addrlen) == 0, listen(descriptor, 1024) == 0 else {
      let error = SystemError("bind")
      close(descriptor)
      throw error
    }
    return ListeningSocket(inherited: descriptor)
  }

  /// Binds the local socket: mode 0660, group `rd` where the machine has it. A dead daemon's socket is replaced, a
  /// living one's is not.
  /// - Throws: ``NodeError`` `already_running` or `configuration`.
  package static func local(path: String) throws(NodeError) -> ListeningSocket {
    let socket = try unix(path: path, mode: 0o660)
    if let group = LocalGroup.number, geteuid() == 0 { chown(path, uid_t.max, group) }
    return socket
  }

  /// Binds the socket for readers: anybody may connect, and is asked who they are then. A process without privileges
  /// cannot give a file to a group that it is not in itself.
  /// - Throws: ``NodeError`` `configuration`.
  static func readers(path: String) throws(NodeError) -> ListeningSocket { try unix(path: path, mode: 0o666) }

  private static func unix(path: String, mode: mode_t) throws(NodeError) -> ListeningSocket {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw NodeError(.configuration, "the socket path is too long", hint: "name a shorter one: rd --socket PATH")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    // The lock file beside it says that no living daemon has the path.
    unlink(path)
    // The file gets the mode of the descriptor (unix(7)), less what the process's mask forbids. The mask itself belongs
    // to all threads: a file that another one makes meanwhile would get the socket's mode.
    fchmod(descriptor, mode)
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, size) == 0 }
    }
    guard isBound, chmod(path, mode) == 0, listen(descriptor, 1024) == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw NodeError(
        .configuration, "cannot listen on \(path): \(reason)", hint: "name another one: rd --socket PATH")
    }
    return ListeningSocket(inherited: descriptor)
  }

  private static func port(of descriptor: CInt) -> Int {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { base in
        guard getsockname(descriptor, base, &size) == 0 else { return 0 }
        switch Int32(base.pointee.sa_family) {
        case AF_INET:
          return base.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            Int(UInt16(bigEndian: $0.pointee.sin_port))
          }
        case AF_INET6:
          return base.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
            Int(UInt16(bigEndian: $0.pointee.sin6_port))
          }
        default: return 0
        }
      }
    }
  }
}
