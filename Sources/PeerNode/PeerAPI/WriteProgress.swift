import NIOCore

/// Closes a channel whose client does not take what is written to it: each piece must be gone within the timeout after the
/// one before. Belongs to one event loop.
final class WriteProgress {
  private let timeout: TimeAmount
  private var outstanding = 0
  private var progressed = NIODeadline.now()
  private var timer: Scheduled<Void>?

  init(timeout: TimeAmount) { self.timeout = timeout }

  /// A promise for one write, which is watched until it is kept or broken.
  /// - Parameter promise: the writer's own.
  func promise(_ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) -> EventLoopPromise<Void> {
    let promise = promise ?? context.eventLoop.makePromise()
    if outstanding == 0 { progressed = .now() }
    outstanding += 1
    promise.futureResult.assumeIsolated().whenComplete { _ in
      self.outstanding -= 1
      self.progressed = .now()
    }
    if timer == nil { watch(context.channel) }
    return promise
  }

  func stop() {
    timer?.cancel()
    timer = nil
  }

  private func watch(_ channel: any Channel) {
    timer = channel.eventLoop.assumeIsolated().scheduleTask(deadline: progressed + timeout) {
      self.timer = nil
      guard self.outstanding > 0 else { return }
      if .now() < self.progressed + self.timeout { self.watch(channel) } else { channel.close(promise: nil) }
    }
  }
}
