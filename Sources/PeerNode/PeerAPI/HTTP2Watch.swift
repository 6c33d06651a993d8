import NIOCore

/// Watches a connection of HTTP/2 from between TLS and the protocol: one that opens streams faster than its address may is
/// closed before they cost anything, and one on which no stream is open for too long is closed whatever else it sends. PING
/// keeps nothing alive. The library has said GOAWAY before, which a client that means well heeds.
final class HTTP2Watch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let timeout: TimeAmount
  private let mayOpen: (Int) -> Bool
  private var channel: (any Channel)?
  private var streams = 0
  private var timer: Scheduled<Void>?
  private var counter = HTTP2RequestCounter()
  private var isRefused = false

  /// - Parameters:
  ///   - timeout: without a stream.
  ///   - mayOpen: whether so many more streams may be opened.
  init(timeout: TimeAmount, mayOpen: @escaping (Int) -> Bool) {
    self.timeout = timeout
    self.mayOpen = mayOpen
  }

  func handlerAdded(context: ChannelHandlerContext) {
    channel = context.channel
    restart()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    channel = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isRefused else { return }
    let opened = counter.count(unwrapInboundIn(data).readableBytesView)
    guard opened == 0 || mayOpen(opened) else {
      isRefused = true
      context.close(promise: nil)
      return
    }
    context.fireChannelRead(data)
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

/// Counts the requests in what a client of HTTP/2 sends, by the heads of its frames alone (RFC 9113, section 4.1).
struct HTTP2RequestCounter {
  private static let headersFrame: UInt8 = 1
  private static let headCount = 9
  /// Bytes until the next frame's head; at first the preface.
  private var skip = 24
  /// What there is of a head.
  private var head: [UInt8] = []

  mutating func count(_ bytes: some Collection<UInt8>) -> Int {
    var found = 0
    var rest = bytes[...]
    while !rest.isEmpty {
      let skipped = min(skip, rest.count)
      rest = rest.dropFirst(skipped)
      skip -= skipped
      guard skip == 0 else { return found }
      let piece = rest.prefix(Self.headCount - head.count)
      head += piece
      rest = rest.dropFirst(piece.count)
      guard head.count == Self.headCount else { return found }
      if head[3] == Self.headersFrame { found += 1 }
      skip = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
      head.removeAll(keepingCapacity: true)
    }
    return found
  }
}
