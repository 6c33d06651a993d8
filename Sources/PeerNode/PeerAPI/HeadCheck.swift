import NIOCore
import NIOHTTP1

/// Why a request head is refused although it can be parsed.
struct BadHead: Error {
  let reason: String
}

/// Refuses HTTP/1 heads that two programs could read differently (RFC 9112, sections 3.2, 6.1 and 11.2), or that ask for
/// what this node is not.
final class HeadCheck: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  private var isRefused = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isRefused else { return }
    if case .head(let head) = unwrapInboundIn(data), let reason = Self.fault(of: head) {
      // What follows cannot be told apart from it any more.
      isRefused = true
      context.fireErrorCaught(BadHead(reason: reason))
      return
    }
    context.fireChannelRead(data)
  }

  /// Nil for a head that is in order.
  static func fault(of head: HTTPRequestHead) -> String? {
    guard head.version == .http1_1 || head.version == .http1_0 else {
      return "only HTTP/1.0, HTTP/1.1 and, in TLS, HTTP/2"
    }
    let hosts = head.headers["Host"]
    guard hosts.count <= 1 else { return "more than one Host header" }
    guard head.version == .http1_0 || !hosts.isEmpty else { return "the Host header is missing" }
    guard head.uri.hasPrefix("/") else { return "the request target must be a path: this is no proxy" }
    guard head.uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "the path has bytes that must be escaped" }
    let encodings = head.headers["Transfer-Encoding"]
    let lengths = head.headers["Content-Length"]
    guard lengths.count <= 1 else { return "more than one Content-Length" }
    guard !encodings.isEmpty else { return nil }
    guard lengths.isEmpty else { return "Content-Length beside Transfer-Encoding" }
    guard head.version == .http1_1, encodings.count == 1, encodings[0].lowercased() == "chunked" else {
      return "the only Transfer-Encoding is chunked, in HTTP/1.1"
    }
    return nil
  }
}
