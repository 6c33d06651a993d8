import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Serves TLS and plain HTTP on one port: the first byte of a TLS record is 0x16 (RFC 8446, section 5.1), which begins
/// no HTTP request.
struct FirstByteRouter: ServerChildChannel {
  enum Negotiated: Sendable {
    case plain(HTTP1Channel.Value)
    case secure(HTTP2UpgradeChannel, HTTP2UpgradeChannel.Value)
  }
  struct Value: ServerChildChannelValue {
    let channel: any Channel
    let negotiated: EventLoopFuture<Negotiated>
    private let promise: EventLoopPromise<Negotiated>

    init(channel: any Channel, promise: EventLoopPromise<Negotiated>) {
      self.channel = channel
      self.promise = promise
      negotiated = promise.futureResult
    }

    /// Gives up a connection that has said nothing yet; does nothing once it has.
    func abandon() { promise.fail(ChannelError.eof) }
  }

  let plain: HTTP1Channel
  /// Asks for a client certificate and goes on without.
  let secure: HTTP2UpgradeChannel
  /// Ends the TLS handshake of a client without certificate.
  let certified: HTTP2UpgradeChannel
  /// Which of the two a new connection gets.
  let needsCertificate: @Sendable () -> Bool
  let certificates: ClientCertificates
  /// Until the first byte and, with TLS, the end of its handshake.
  let timeout: TimeAmount
  /// Whether a client may make so many more requests now.
  let mayRequest: @Sendable (SocketAddress?, Int) -> Bool

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let handler = FirstByteHandler(eventLoop: channel.eventLoop, timeout: timeout) { isTLS in
        if isTLS {
          let chosen = needsCertificate() ? certified : secure
          return chosen.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let tls = try pipeline.handler(type: NIOSSLServerHandler.self)
            try pipeline.addHandlers(
              [
                TLSHandshakeDeadline(timeout: timeout, mayOpen: { mayRequest(channel.remoteAddress, $0) }),
                ClientCertificateReader(certificates),
              ], position: .after(tls))
            return .secure(chosen, value)
          }
        } else {
          return plain.setup(channel: channel, logger: logger).map(Negotiated.plain)
        }
      }
      try channel.pipeline.syncOperations.addHandler(handler)
      return Value(channel: channel, promise: handler.promise)
    }
  }

  func handle(value: Value, logger: Logger) async {
    do {
      switch try await value.negotiated.get() {
      case .plain(let value): await plain.handle(value: value, logger: logger)
      case .secure(let chosen, let value): await chosen.handle(value: value, logger: logger)
      }
    } catch {
      logger.debug("connection ended before a request", metadata: ["error": "\(error)"])
      value.channel.close(promise: nil)
    }
  }
}

/// Looks at the first byte, sets the pipeline up, and gives way.
final class FirstByteHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  static let tlsHandshakeRecord: UInt8 = 0x16

  let promise: EventLoopPromise<FirstByteRouter.Negotiated>
  private let configure: (Bool) -> EventLoopFuture<FirstByteRouter.Negotiated>
  private let timeout: TimeAmount
  private var timer: Scheduled<Void>?
  private var isDecided = false

  init(
    eventLoop: any EventLoop, timeout: TimeAmount,
    configure: @escaping (Bool) -> EventLoopFuture<FirstByteRouter.Negotiated>
  ) {
    promise = eventLoop.makePromise()
    self.timeout = timeout
    self.configure = configure
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    timer = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    guard !isDecided, let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else {
      if isDecided { context.fireChannelRead(data) }
      return
    }
    isDecided = true
    timer?.cancel()
    // Setting up touches the pipeline of this loop only, so it is complete before the byte is passed on.
    configure(first == Self.tlsHandshakeRecord).cascade(to: promise)
    context.fireChannelRead(wrapInboundOut(buffer))
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(ChannelError.eof, context)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail(error, context)
    context.fireErrorCaught(error)
  }

  /// A client that closes before it says anything, and a node that stops, end the waiting.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed {
      fail(ChannelError.eof, context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// Closes from here: nobody else may know of the connection yet, or have the time to.
  private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
    timer?.cancel()
    guard !isDecided else { return }
    isDecided = true
    promise.fail(error)
    context.close(promise: nil)
  }
}
