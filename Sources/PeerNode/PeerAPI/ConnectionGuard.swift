import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import PeerModel

/// Stands between the HTTP parser and the requests of one connection: closes it when a head, a piece of a body or the
/// next request does not come in time, and answers bytes that are no HTTP.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let timeout: TimeAmount
  private let running: RunningRequests
  /// Nobody half-closes TLS and waits: the end of input is the end. A plain client may send its request and close its
  /// side before it reads.
  private let isSecure: Bool
  private var timer: Scheduled<Void>?
  private var isResponding = false
  private var isReceiving = true

  init(timeout: TimeAmount, running: RunningRequests, isSecure: Bool) {
    self.timeout = timeout
    self.running = running
    self.isSecure = isSecure
  }

  func handlerAdded(context: ChannelHandlerContext) { restart(context) }
  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  /// One deadline from connecting, or from the end of the answer before, to a whole head: a client that sends a byte now
  /// and then gets no more time than one that sends none.
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      isResponding = true
      isReceiving = true
      restart(context)
    case .body: restart(context)
    case .end:
      isReceiving = false
      timer?.cancel()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) {
      isResponding = false
      restart(context)
    }
    context.write(data, promise: promise)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is HTTPParserError, !isResponding else {
      context.fireErrorCaught(error)
      return
    }
    let isOverflow = (error as? HTTPParserError) == .headerOverflow
    let problem =
      isOverflow
      ? NodeError(.headersTooLarge, "the header is larger than \(PeerListener.maximumHeader) bytes")
      : NodeError(.malformed, "this is not HTTP/1.1")
    let response = ProblemResponse.make(problem, closing: true)
    context.write(wrapOutboundOut(.head(response.head)), promise: nil)
    context.write(wrapOutboundOut(.body(response.body)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    context.close(promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if isSecure, isResponding, case .inputClosed? = event as? ChannelEvent { running.cancel(context.channel) }
    // A node that stops finishes what it works on, and does not wait for the rest of a request.
    if event is ChannelShouldQuiesceEvent, isReceiving || !isResponding { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    running.cancel(context.channel)
    context.fireChannelInactive()
  }

  private func restart(_ context: ChannelHandlerContext) {
    timer?.cancel()
    let channel = context.channel
    timer = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
  }
}
