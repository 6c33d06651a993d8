import Glibc
import Logging
import NIOCore
import NIOPosix

/// Keeps a listener alive when the machine is short of something for a moment: a connection that could not be accepted
/// must not end all that come later.
final class AcceptErrorHandler: ChannelInboundHandler {
  typealias InboundIn = NIOAny

  private static let passing: Set<CInt> = [ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM]
  private let logger: Logger
  /// Steady seconds of the last line in the log: one a minute tells enough.
  private var logged = Int.min

  init(logger: Logger) { self.logger = logger }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard error is NIOFcntlFailedError || Self.passing.contains((error as? IOError)?.errnoCode ?? 0) else {
      context.fireErrorCaught(error)
      return
    }
    guard Clock.steady >= logged &+ 60 || logged == .min else { return }
    logged = Clock.steady
    logger.error("a connection could not be accepted", metadata: ["error": "\(error)"])
  }
}
