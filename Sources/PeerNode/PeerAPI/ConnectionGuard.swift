import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import PeerModel

/// Stands between the HTTP parser and the requests of one connection, or of one stream of HTTP/2: closes it when a head, a
/// piece of a body or the next request does not come in time, or when the client does not take its answer, and answers
/// bytes that are no HTTP.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Bytes of an answer that the client must have taken within the timeout.
  static let slice = 64 << 10

  private let timeout: TimeAmount
  private let running: RunningRequests
  /// Nobody half-closes TLS and waits: the end of input is the end. A plain client may send its request and close its
  /// side before it reads.
  private let isSecure: Bool
  private var timer: Scheduled<Void>?
  /// Requests that have begun and are not answered to the end.
  private var unanswered = 0
  private var isReceiving = false
  /// The answer under way says that the connection ends with it.
  private var isLast = false
  private let writes: WriteProgress
  private var connection: HTTP2Watch?

  init(timeout: TimeAmount, running: RunningRequests, isSecure: Bool) {
    self.timeout = timeout
    self.running = running
    self.isSecure = isSecure
    writes = WriteProgress(timeout: timeout)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    restart(context)
    let pipeline = context.pipeline.syncOperations
    if let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) {
      try? pipeline.addHandler(HeadCheck(), position: .before(codec))
    } else {
      connection = try? context.channel.parent?.pipeline.syncOperations.handler(type: HTTP2Watch.self)
      connection?.streamOpened()
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    writes.stop()
    connection?.streamClosed()
    connection = nil
  }

  /// One deadline from connecting, or from the end of the answer before, to a whole head: a client that sends a byte now
  /// and then gets no more time than one that sends none. So too for the rest of a request that is answered already.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      unanswered += 1
      isReceiving = true
      restart(context)
    case .body: if unanswered > 0 { restart(context) }
    case .end:
      isReceiving = false
      if unanswered > 0 { timer?.cancel() } else { restart(context) }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head):
      isLast = head.headerFields[.connection]?.lowercased() == "close"
      context.write(data, promise: promise)
    case .body(var bytes):
      while bytes.readableBytes > Self.slice, let piece = bytes.readSlice(length: Self.slice) {
        context.write(wrapOutboundOut(.body(piece)), promise: writes.promise(nil, context))
      }
      context.write(wrapOutboundOut(.body(bytes)), promise: writes.promise(promise, context))
    case .end:
      unanswered = max(0, unanswered - 1)
      if unanswered == 0 { restart(context) }
      guard isLast else { return context.write(data, promise: promise) }
      context.writeAndFlush(data, promise: promise)
      context.close(promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard unanswered == 0, let problem = Self.problem(of: error) else {
      context.fireErrorCaught(error)
      return
    }
    let response = ProblemResponse.make(problem, closing: true)
    context.write(wrapOutboundOut(.head(response.head)), promise: nil)
    context.write(wrapOutboundOut(.body(response.body)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(promise: nil)
  }

  private static func problem(of error: any Error) -> NodeError? {
    switch error {
    case HTTPParserError.headerOverflow:
      NodeError(.headersTooLarge, "the header is larger than \(PeerListener.maximumHeader) bytes")
    case is HTTPParserError: NodeError(.malformed, "this is not HTTP/1.1")
    case let error as BadHead: NodeError(.malformed, error.reason)
    default: nil
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if isSecure, unanswered > 0, case .inputClosed? = event as? ChannelEvent { running.cancel(context.channel) }
    // A node that stops finishes what it works on, and does not wait for the rest of a request.
    if event is ChannelShouldQuiesceEvent, isReceiving || unanswered == 0 { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    writes.stop()
    running.cancel(context.channel)
    context.fireChannelInactive()
  }

  private func restart(_ context: ChannelHandlerContext) {
    timer?.cancel()
    let channel = context.channel
    timer = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
  }
}
