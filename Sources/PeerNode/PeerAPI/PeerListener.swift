import HTTPTypes
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Logging
import NIOCore
import NIOExtras
import NIOPosix
import NIOSSL
import PeerModel
import ServiceLifecycle

/// The peer API's listener: TLS and plain HTTP on one TCP port, on inherited or own sockets.
package struct PeerListener: Service {
  /// Longest request header, bytes.
  static let maximumHeader = 16 << 10
  /// Until a whole header, between pieces of a body, and between requests.
  static let timeout = TimeAmount.seconds(30)
  /// Connections at one time, in all and from one address.
  static let maximumConnections = 2048
  static let maximumConnectionsPerAddress = 1200

  let router: FirstByteRouter
  let sockets: [ListeningSocket]
  let group: any EventLoopGroup
  let logger = Logger(label: "PeerAPI")

  init(
    identity: Identity, responder: PeerResponder<some Sendable>, running: RunningRequests, sockets: [ListeningSocket],
    group: any EventLoopGroup
  ) throws {
    self.sockets = sockets
    self.group = group
    func http(isSecure: Bool) -> HTTP1Channel.Configuration {
      HTTP1Channel.Configuration(
        additionalChannelHandlers: [
          ConnectionGuard(timeout: Self.timeout, running: running, isSecure: isSecure)
        ],
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: Self.maximumHeader, maxHeaderListSize: Self.maximumHeader, maxHeaderFieldCount: 100))
    }
    var tls = TLSConfiguration.makeServerConfiguration(
      certificateChain: [.certificate(try NIOSSLCertificate(bytes: identity.certificate, format: .der))],
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem)))
    tls.minimumTLSVersion = .tlsv12
    router = FirstByteRouter(
      plain: HTTP1Channel(responder: responder.handler(isSecure: false), configuration: http(isSecure: false)),
      secure: try HTTP2UpgradeChannel(
        tlsChannelConfiguration: TLSChannelConfiguration(tlsConfiguration: tls),
        configuration: .init(idleTimeout: .seconds(30), streamConfiguration: http(isSecure: true)),
        responder: responder.handler(isSecure: true)),
      timeout: Self.timeout)
  }

  package func run() async throws {
    try await withThrowingDiscardingTaskGroup { listeners in
      for socket in sockets { listeners.addTask { try await serve(socket) } }
    }
  }

  private func serve(_ socket: ListeningSocket) async throws {
    let quiescing = ServerQuiescingHelper(group: group)
    let census = ConnectionCensus(total: Self.maximumConnections, perAddress: Self.maximumConnectionsPerAddress)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
        }
      }
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    let server = try await bootstrap.bind(socket.takeDescriptor()) { channel in
      router.setup(channel: channel, logger: logger)
    }
    try await withGracefulShutdownHandler {
      try await withThrowingDiscardingTaskGroup { connections in
        try await server.executeThenClose { inbound in
          for try await value in inbound {
            let address = value.channel.remoteAddress?.plainHost ?? ""
            guard census.enter(address) else {
              value.channel.close(promise: nil)
              continue
            }
            connections.addTask {
              await router.handle(value: value, logger: logger)
              census.leave(address)
            }
          }
        }
      }
    } onGracefulShutdown: {
      quiescing.initiateShutdown(promise: nil)
    }
  }
}
