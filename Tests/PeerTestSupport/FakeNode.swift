import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
package import PeerModel

/// The far side as the test wants it: HTTPS with a node's identity, or plain HTTP; answers from a closure.
package final class FakeNode: Sendable {
  /// Status 0 never answers.
  package typealias Answer = @Sendable (_ path: String, _ body: JSONValue) -> (status: Int, json: JSONValue)

  package let port: Int
  private let channel: any Channel

  /// - Parameter folder: where `identity.key` and `identity.crt` are; nil for plain HTTP.
  package init(folder: String?, answer: @escaping Answer) async throws {
    let tls = try folder.map { folder in
      let chain = try NIOSSLCertificate.fromPEMFile(folder + "/identity.crt").map {
        NIOSSLCertificateSource.certificate($0)
      }
      let key = try NIOSSLPrivateKey(file: folder + "/identity.key", format: .pem)
      return try NIOSSLContext(
        configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
    }
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(answer))
        }
      }.bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress?.port ?? 0
  }

  package func stop() async { try? await channel.close() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: Answer
    private var path = ""
    private var body = ByteBuffer()

    init(_ answer: @escaping Answer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head):
        path = head.uri
        body.clear()
      case .body(var piece): body.writeBuffer(&piece)
      case .end:
        let (status, json) = answer(path, (try? JSONParser.parse(body.readableBytesView)) ?? .null)
        guard status != 0 else { return }
        let bytes = ByteBuffer(bytes: json.bytes)
        let head = HTTPResponseHead(
          version: .http1_1, status: .init(statusCode: status),
          headers: ["Content-Type": "application/json", "Content-Length": "\(bytes.readableBytes)"])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }
  }
}
