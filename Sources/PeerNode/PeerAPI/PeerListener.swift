import HTTPTypes
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import PeerModel
import ServiceLifecycle

/// The peer API's listener: TLS and plain HTTP on one TCP port, on inherited or own sockets.
package struct PeerListener: Service {
  /// Longest request header, bytes.
  static let maximumHeader = 16 << 10
  /// Until a whole header, between pieces of a body, and between requests; until a client has taken a piece of its answer.
  static let timeout = TimeAmount.seconds(30)

  let router: FirstByteRouter
  let sockets: [ListeningSocket]
  let admission: Admission
  let group: any EventLoopGroup
  /// Lets this door be closed for new connections.
  let rotation: IdentityRotation
  let logger = Logger(label: "PeerAPI")

  init(
    credentials: TLSCredentials, settings: Settings, certificates: ClientCertificates,
    responder: PeerResponder<some Sendable>, running: RunningRequests, sockets: [ListeningSocket],
    admission: Admission, group: any EventLoopGroup, rotation: IdentityRotation
  ) throws {
    self.admission = admission
    self.sockets = sockets
    self.group = group
    self.rotation = rotation
    func http(isSecure: Bool) -> HTTP1Channel.Configuration {
      HTTP1Channel.Configuration(
        additionalChannelHandlers: [
          ConnectionGuard(timeout: Self.timeout, running: running, isSecure: isSecure)
        ],
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: Self.maximumHeader, maxHeaderListSize: Self.maximumHeader, maxHeaderFieldCount: 100))
    }
    func tls(_ verification: CertificateVerification) throws -> HTTP2UpgradeChannel {
      var tls = TLSConfiguration.makeServerConfiguration(
        certificateChain: credentials.chain, privateKey: credentials.key)
      tls.harden()
      // The answer to our close_notify is not read when nobody waits for a request: a stop must not wait for it either.
      tls.shutdownTimeout = .milliseconds(250)
      tls.certificateVerification = verification
      // Authorities mean nothing: the callback decides in place of all of them.
      tls.trustRoots = .certificates([])
      return try HTTP2UpgradeChannel(
        tlsChannelConfiguration: TLSChannelConfiguration(
          tlsConfiguration: tls,
          customVerificationCallback: { chain, promise in
            promise.succeed(ClientCertificate.isAcceptable(chain) ? .certificateVerified : .failed)
          }),
        configuration: .init(idleTimeout: .seconds(30), streamConfiguration: http(isSecure: true)),
        responder: responder.handler(isSecure: true))
    }
    router = FirstByteRouter(
      plain: HTTP1Channel(responder: responder.handler(isSecure: false), configuration: http(isSecure: false)),
      secure: try tls(.optionalVerification), certified: try tls(.noHostnameVerification),
      needsCertificate: { settings.current.p2p.tls.mutual == .required }, certificates: certificates,
      timeout: Self.timeout, mayRequest: { admission.mayRequest($0, count: $1) })
  }

  /// The kernel gives up what a client does not take, also when the connection has been closed here (tcp(7)).
  private static func limitUnsent(_ channel: any Channel) {
    let milliseconds = CInt(2 * timeout.nanoseconds / 1_000_000)
    _ = (channel as? any SocketOptionProvider)?.unsafeSetSocketOption(
      level: .tcp, name: .tcpUserTimeout, value: milliseconds)
  }

  package func run() async throws {
    try await withThrowingDiscardingTaskGroup { listeners in
      for socket in sockets {
        let acceptor = Acceptor(
          socket: socket, group: group, logger: logger, enter: { [admission] in admission.connect($0) },
          prepare: { [router, logger] channel in
            Self.limitUnsent(channel)
            return router.setup(channel: channel, logger: logger)
          },
          serve: { [router, logger] connection in
            // The library tells its connections to end, but not those that it accepts at this very moment.
            await withGracefulShutdownHandler {
              await router.handle(value: connection, logger: logger)
            } onGracefulShutdown: {
              connection.abandon()
            }
          },
          opened: { [rotation] channel in rotation.doorIsOpen { channel.close(promise: nil) } },
          closed: { [rotation] in rotation.doorIsClosed() })
        listeners.addTask { try await acceptor.run() }
      }
    }
  }
}

extension NIOBSDSocket.Option {
  /// TCP_USER_TIMEOUT.
  static let tcpUserTimeout = NIOBSDSocket.Option(rawValue: 18)
}
