import NIOCore
import NIOTLS

/// Closes a connection whose TLS handshake is not complete in time, however it trickles; one that has chosen HTTP/2 goes on
/// under watch.
final class TLSHandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  /// After the library's GOAWAY, which it sends when the timeout is over.
  private static let afterGoodbye = TimeAmount.seconds(5)

  private let timeout: TimeAmount
  private let mayOpen: (Int) -> Bool
  private var timer: Scheduled<Void>?

  /// - Parameter mayOpen: whether the client may open so many more streams.
  init(timeout: TimeAmount, mayOpen: @escaping (Int) -> Bool) {
    self.timeout = timeout
    self.mayOpen = mayOpen
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    timer = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .handshakeCompleted(let application)? = event as? TLSUserEvent else {
      // A node that stops does not wait for it.
      if event is ChannelShouldQuiesceEvent { context.close(promise: nil) }
      context.fireUserInboundEventTriggered(event)
      return
    }
    let pipeline = context.pipeline.syncOperations
    if application == "h2" {
      try? pipeline.addHandler(
        HTTP2Watch(timeout: timeout + Self.afterGoodbye, mayOpen: mayOpen), position: .before(self))
    }
    context.fireUserInboundEventTriggered(event)
    pipeline.removeHandler(context: context, promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }
}
