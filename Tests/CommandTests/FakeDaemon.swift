import Foundation
import Glibc
import LocalAPI
import PeerModel

/// A socket that behaves as a test wants, on threads of its own.
final class FakeDaemon: @unchecked Sendable {
  private let listener: Int32
  private let path: String
  private let lock = NSLock()
  private var received: [JSONValue] = []
  private var accepted = 0

  /// - Parameter behavior: runs once for each connection.
  init(at path: String, behavior: @escaping @Sendable (FakeConnection) throws -> Void) throws {
    self.path = path
    unlink(path)
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0, listen(listener, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
    let accepting = listener
    Thread.detachNewThread { [self] in
      while true {
        let descriptor = accept(accepting, nil, nil)
        guard descriptor >= 0 else { return }
        lock.withLock { accepted += 1 }
        Thread.detachNewThread { try? behavior(FakeConnection(descriptor, self)) }
      }
    }
  }

  /// Stops listening; its thread ends, and with it the last reference.
  func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    unlink(path)
  }

  func note(_ message: JSONValue) { lock.withLock { received.append(message) } }

  /// Every line that came, raw runs left out.
  var messages: [JSONValue] { lock.withLock { received } }
  var connections: Int { lock.withLock { accepted } }
  /// The requests that came, as `method params`.
  var requests: [String] {
    messages.filter { $0["id"] != nil }.map { "\($0["method"]?.stringValue ?? "?") \($0["params"]?.text ?? "")" }
  }
}

/// The daemon's end of one connection: blocking, and as rude as it is told to be.
final class FakeConnection {
  struct Closed: Error {}

  private let descriptor: Int32
  private let daemon: FakeDaemon
  private var buffer: [UInt8] = []

  init(_ descriptor: Int32, _ daemon: FakeDaemon) {
    self.descriptor = descriptor
    self.daemon = daemon
  }

  deinit { close(descriptor) }

  /// The next line as JSON.
  func message() throws -> JSONValue {
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        let message = try JSONParser.parse(buffer[..<end])
        buffer.removeSubrange(...end)
        daemon.note(message)
        return message
      }
      try fill()
    }
  }

  /// The bytes of every stream of a request, as their frames come.
  func streams(_ count: Int) throws -> [Int: [UInt8]] {
    var streams: [Int: [UInt8]] = [:]
    var ended = 0
    while ended < count {
      let frame = try DataFrame(parameters: try message()["params"] ?? [:])
      streams[frame.stream, default: []] += try bytes(frame.size)
      if frame.isLast { ended += 1 }
    }
    return streams
  }

  func bytes(_ count: Int) throws -> [UInt8] {
    while buffer.count < count { try fill() }
    defer { buffer.removeFirst(count) }
    return Array(buffer[..<count])
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Closed() }
      sent += count
    }
  }

  func reply(to request: JSONValue, _ result: JSONValue) throws {
    try send(Message.response(id: RequestID(json: request["id"] ?? .null) ?? .null, result: result).line)
  }

  func refuse(_ request: JSONValue, _ error: NodeError) throws {
    try send(Message.failure(id: RequestID(json: request["id"] ?? .null) ?? .null, error: error).line)
  }

  func frame(of request: JSONValue, stream: Int = 0, _ bytes: [UInt8], isLast: Bool) throws {
    let id = RequestID(json: request["id"] ?? .null)
    try send(DataFrame(request: id, stream: stream, size: bytes.count, isLast: isLast).head + bytes)
  }

  /// Waits until the client went away.
  func drain() { while (try? fill()) != nil { buffer.removeAll() } }

  private func fill() throws {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else { throw Closed() }
    buffer += chunk[..<count]
  }
}
