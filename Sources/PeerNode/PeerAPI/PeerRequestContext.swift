import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// What a request knows of its connection.
struct PeerRequestContext: RequestContext {
  struct Source: RequestContextSource {
    let logger: Logger
    let channel: any Channel
    let isSecure: Bool
  }
  var coreContext: CoreRequestContextStorage
  let channel: any Channel
  /// Whether the connection is TLS.
  let isSecure: Bool

  init(source: Source) {
    coreContext = .init(source: source)
    channel = source.channel
    isSecure = source.isSecure
  }

  /// The client's address without port.
  var clientHost: String { channel.remoteAddress?.plainHost ?? "" }
  var isLoopback: Bool { channel.remoteAddress?.isLoopback ?? false }
}
