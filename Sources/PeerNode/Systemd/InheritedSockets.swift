import CSystemd
import Glibc
package import PeerModel

/// A listening socket that systemd opened and handed over (socket activation).
package struct InheritedSocket: Sendable, Equatable {
  /// The open descriptor, close-on-exec. Whoever takes it owns it.
  package let descriptor: CInt
  /// What it is for.
  package let purpose: Purpose

  /// What a socket is for, by its `FileDescriptorName=`.
  package enum Purpose: String, Sendable, CaseIterable {
    /// The local API: a Unix stream socket.
    case local
    /// The peer port: a TCP socket of either family.
    case peer
  }

  package init(descriptor: CInt, purpose: Purpose) {
    self.descriptor = descriptor
    self.purpose = purpose
  }
}

/// The sockets that this process was started with (sd_listen_fds_with_names(3)).
package enum InheritedSockets {
  /// Takes them over and removes `$LISTEN_FDS` and its kin from the environment, so that no child believes they are its
  /// own. Call it once, before other threads exist, since it changes the environment.
  /// - Returns: the sockets in systemd's order; empty when none were handed over.
  /// - Throws: `configuration` when one has an unknown name or is not what its name says.
  package static func take() throws(NodeError) -> [InheritedSocket] {
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    let count = sd_listen_fds_with_names(1, &names)
    guard count >= 0 else {
      throw NodeError(
        .configuration, "the sockets from systemd cannot be taken over: \(String(cString: strerror(-count)))",
        hint: "systemctl cat rd.socket")
    }
    defer {
      for index in 0..<Int(count) { free(names?[index]) }
      free(names)
    }
    var sockets: [InheritedSocket] = []
    for index in 0..<count {
      let name = names?[Int(index)].map { String(cString: $0) } ?? ""
      sockets.append(try socket(SD_LISTEN_FDS_START + index, named: name))
    }
    return sockets
  }

  /// Checks one descriptor against its name, and sets close-on-exec.
  static func socket(_ descriptor: CInt, named name: String) throws(NodeError) -> InheritedSocket {
    guard let purpose = InheritedSocket.Purpose(rawValue: name) else {
      throw NodeError(
        .configuration, "systemd handed over a socket named \(name), which rd has no use for",
        hint: "set FileDescriptorName=local or FileDescriptorName=peer in the socket unit")
    }
    let families = purpose == .local ? [AF_UNIX] : [AF_INET, AF_INET6]
    let stream = CInt(SOCK_STREAM.rawValue)
    guard families.contains(where: { sd_is_socket(descriptor, $0, stream, 1) > 0 }) else {
      let expected = purpose == .local ? "a listening Unix stream socket" : "a listening TCP socket"
      throw NodeError(
        .configuration, "the socket named \(name) that systemd handed over is not \(expected)",
        hint: "check ListenStream= and Accept=no in the socket unit: systemctl cat rd.socket")
    }
    let flags = fcntl(descriptor, F_GETFD)
    guard flags >= 0, fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) == 0 else {
      let reason = String(cString: strerror(errno))
      throw NodeError(.configuration, "the socket named \(name) cannot be taken over: \(reason)")
    }
    return InheritedSocket(descriptor: descriptor, purpose: purpose)
  }
}
