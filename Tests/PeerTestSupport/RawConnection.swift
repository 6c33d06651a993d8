package import NIOCore
import NIOPosix
import Synchronization

/// What went wrong on the test's own side of a connection.
package struct TestFailure: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// A stream connection that sends and reads bytes as they are: for messages that no proper client would send.
package final class RawConnection: Sendable {
  /// How long a read waits before the test fails.
  package static let patience = TimeAmount.seconds(20)

  private let channel: any Channel
  private let inbox: Inbox

  private init(_ channel: any Channel, _ inbox: Inbox) {
    self.channel = channel
    self.inbox = inbox
  }

  package static func connect(unix path: String) async throws -> RawConnection {
    try await connect { try await $0.connect(unixDomainSocketPath: path).get() }
  }

  package static func connect(port: Int) async throws -> RawConnection {
    try await connect { try await $0.connect(host: "127.0.0.1", port: port).get() }
  }

  private static func connect(
    _ open: (ClientBootstrap) async throws -> any Channel
  ) async throws -> RawConnection {
    let inbox = Inbox()
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Receiver(inbox)) }
      }
    return RawConnection(try await open(bootstrap), inbox)
  }

  package func send(_ bytes: some Sequence<UInt8> & Sendable) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
  }
  package func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  /// The bytes up to a newline, which is taken and not returned; nil at the end.
  package func line() async throws -> [UInt8]? {
    try await read { bytes, isEnded in
      if let newline = bytes.firstIndex(of: 0x0A) { return (.some(Array(bytes[..<newline])), newline + 1) }
      return isEnded ? (.none, bytes.count) : nil
    }
  }

  package func bytes(_ count: Int) async throws -> [UInt8] {
    try await read { bytes, isEnded in
      if bytes.count >= count { return (Array(bytes.prefix(count)), count) }
      return isEnded ? (bytes, bytes.count) : nil
    }
  }

  /// Everything until the other end closes.
  package func rest() async throws -> [UInt8] {
    try await read { bytes, isEnded in isEnded ? (bytes, bytes.count) : nil }
  }

  /// Tells the other end that nothing more comes, and goes on reading.
  package func finishSending() async throws { try await channel.close(mode: .output) }

  package func close() async { try? await channel.close() }

  /// Waits until `take` finds what it looks for in the unread bytes: the value, and how many bytes it has used.
  private func read<Value: Sendable>(
    _ take: @Sendable ([UInt8], Bool) -> (value: Value, used: Int)?
  ) async throws -> Value {
    let deadline = channel.eventLoop.scheduleTask(in: Self.patience) { [inbox] in inbox.giveUp() }
    defer { deadline.cancel() }
    while true {
      if let value = try inbox.take(take) { return value }
      await inbox.wait()
    }
  }
}

/// Bytes that have come and nobody has read.
private final class Inbox: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isEnded = false
    var isGivenUp = false
    var hasNews = false
    var waiter: CheckedContinuation<Void, Never>?
  }
  private let state = Mutex(State())

  func push(_ buffer: ByteBuffer) { change { $0.bytes += buffer.readableBytesView } }
  func end() { change { $0.isEnded = true } }
  func giveUp() { change { $0.isGivenUp = true } }

  private func change(_ body: (inout State) -> Void) {
    let waiter = state.withLock { state in
      body(&state)
      state.hasNews = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  func take<Value>(_ body: ([UInt8], Bool) -> (value: Value, used: Int)?) throws -> Value? {
    try state.withLock { state in
      state.hasNews = false
      if let (value, used) = body(state.bytes, state.isEnded) {
        state.bytes.removeFirst(used)
        return value
      }
      guard !state.isGivenUp, !state.isEnded else {
        throw TestFailure(state.isEnded ? "the connection was closed" : "nothing came in time")
      }
      return nil
    }
  }

  func wait() async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.hasNews { return true }
        state.waiter = continuation
        return false
      }
      if isThere { continuation.resume() }
    }
  }
}

private final class Receiver: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let inbox: Inbox

  init(_ inbox: Inbox) { self.inbox = inbox }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { inbox.push(unwrapInboundIn(data)) }
  func channelInactive(context: ChannelHandlerContext) { inbox.end() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    inbox.end()
    context.close(promise: nil)
  }
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent { inbox.end() }
  }
}
