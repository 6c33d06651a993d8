import NIOCore

/// Closes a connection of HTTP/2 on which no stream is open for too long, whatever else the client sends: PING keeps
/// nothing alive. The library has said GOAWAY before, which a client that means well heeds.
final class HTTP2Idleness: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let timeout: TimeAmount
  private var channel: (any Channel)?
  private var streams = 0
  private var timer: Scheduled<Void>?

  init(timeout: TimeAmount) { self.timeout = timeout }

  func handlerAdded(context: ChannelHandlerContext) {
    channel = context.channel
    restart()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    channel = nil
  }

  func streamOpened() {
    streams += 1
    timer?.cancel()
  }

  func streamClosed() {
    streams -= 1
    if streams == 0 { restart() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    channel = nil
    context.fireChannelInactive()
  }

  private func restart() {
    timer?.cancel()
    guard let channel else { return }
    timer = channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
  }
}
