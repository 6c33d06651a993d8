import NIOCore
import NIOSSL
import NIOTLS
import Synchronization

/// The client certificates of the open connections: each is read once, when its TLS handshake is complete.
final class ClientCertificates: Sendable {
  private let byConnection = Mutex<[ObjectIdentifier: ClientCertificate]>([:])

  /// The certificate of a request's connection; nil without one. A stream of HTTP/2 has that of the connection it is in.
  func of(_ channel: any Channel) -> ClientCertificate? {
    byConnection.withLock { certificates in
      certificates[ObjectIdentifier(channel)] ?? channel.parent.flatMap { certificates[ObjectIdentifier($0)] }
    }
  }

  fileprivate func keep(_ certificate: ClientCertificate, of channel: any Channel) {
    let connection = ObjectIdentifier(channel)
    byConnection.withLock { $0[connection] = certificate }
    channel.closeFuture.whenComplete { [self] _ in byConnection.withLock { $0[connection] = nil } }
  }
}

/// Waits behind TLS for the end of its handshake, notes the client's certificate, and gives way.
final class ClientCertificateReader: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let certificates: ClientCertificates

  init(_ certificates: ClientCertificates) { self.certificates = certificates }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    let isComplete = if case .handshakeCompleted? = event as? TLSUserEvent { true } else { false }
    if isComplete {
      if let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate() {
        // One that passed the checks of the handshake can be read; a connection that cannot tell who calls is of no use.
        guard let read = ClientCertificate(certificate) else { return context.close(promise: nil) }
        certificates.keep(read, of: context.channel)
      }
    }
    context.fireUserInboundEventTriggered(event)
    if isComplete { context.pipeline.syncOperations.removeHandler(context: context, promise: nil) }
  }
}
