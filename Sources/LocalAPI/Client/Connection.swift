internal import Glibc
internal import PeerModel

/// A connected local socket with its two buffers. Every wait also watches for an interrupt and ends at a deadline.
final class Connection {
  /// What a wait found.
  struct Readiness {
    /// Bytes, or the end, can be read from the daemon.
    var canReceive = false
    var canSend = false
    /// The file to be sent has bytes, or ended.
    var sourceReady = false
  }

  let inbox = Inbox()
  private let descriptor: Int32
  private let interrupt: Int32?
  private var outbox: [UInt8] = []
  private var sent = 0
  private var isClosedForSending = false

  /// - Parameter interrupt: a descriptor that becomes readable when the user wants to stop.
  init(path: String, interrupt: Int32?, connectSeconds: Double) throws(NodeError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    guard !path.isEmpty, path.utf8.count <= SocketPath.maximumLength else {
      throw NodeError(.usage, "a socket path has 1 to \(SocketPath.maximumLength) bytes: \(path)")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    self.interrupt = interrupt
    guard descriptor >= 0 else { throw Self.unreachable(path, errno) }
    let whole = Int(connectSeconds)
    var limit = timeval(tv_sec: whole, tv_usec: Int((connectSeconds - Double(whole)) * 1e6))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var status: Int32
    repeat {
      status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
    } while status != 0 && errno == EINTR
    guard status == 0 else { throw Self.unreachable(path, errno) }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func unreachable(_ path: String, _ code: Int32) -> NodeError {
    switch code {
    case EACCES, EPERM: NodeError(.notAllowed, "this user may not use the socket \(path)")
    case ENOENT: NodeError(.daemonUnreachable, "rd is not running: there is no socket \(path)")
    case ECONNREFUSED: NodeError(.daemonUnreachable, "rd is not running: nobody listens on \(path)")
    case EAGAIN: NodeError(.daemonUnreachable, "rd does not accept connections on \(path)")
    default: NodeError(.daemonUnreachable, "cannot reach rd on \(path): \(String(cString: strerror(code)))")
    }
  }

  /// Whether everything that was queued has been handed to the kernel.
  var isFlushed: Bool { isClosedForSending || sent == outbox.count }

  func queue(_ bytes: some Sequence<UInt8>) {
    if sent == outbox.count {
      outbox.removeAll(keepingCapacity: true)
      sent = 0
    }
    outbox.append(contentsOf: bytes)
  }

  /// Waits until something can be done.
  /// - Throws: ``NodeError`` `cancelled` for an interrupt, `timed_out` when the deadline passed.
  func wait(source: Int32?, until deadline: Deadline?, interruptible: Bool = true) throws(NodeError) -> Readiness {
    let wantsSource = source != nil && isFlushed && !isClosedForSending
    var polled = [
      pollfd(fd: descriptor, events: Int16(isFlushed ? POLLIN : POLLIN | POLLOUT), revents: 0),
      pollfd(fd: interruptible ? interrupt ?? -1 : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wantsSource ? source ?? -1 : -1, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      let count = poll(&polled, nfds_t(polled.count), deadline?.remainingMilliseconds ?? -1)
      if count < 0 && errno != EINTR { throw .internal }
      if count == 0 && deadline?.hasPassed == true { throw NodeError(.timedOut, "rd did not answer in time") }
      if count > 0 { break }
    }
    if polled[1].revents != 0 { throw NodeError(.cancelled, "interrupted") }
    return Readiness(
      canReceive: polled[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0,
      canSend: polled[0].revents & Int16(POLLOUT) != 0, sourceReady: polled[2].revents != 0)
  }

  /// Hands queued bytes to the kernel. When the daemon reads no more, what is queued is dropped: its answer may say why.
  func flush() {
    while !isFlushed {
      let count = outbox.withUnsafeBytes {
        send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        isClosedForSending = true
      }
    }
  }

  /// Reads what has arrived into the inbox.
  /// - Throws: ``NodeError`` `daemon_unreachable` when the daemon closed the connection.
  func receive() throws(NodeError) {
    let room = inbox.makeRoom()
    let count = recv(descriptor, room.baseAddress, room.count, 0)
    if count > 0 {
      inbox.filled(count)
    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
      throw NodeError(.daemonUnreachable, "rd closed the connection before it answered", hint: "journalctl -u rd -n 50")
    }
  }
}
