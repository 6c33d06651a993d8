import LocalAPI
import Logging
import NIOCore
import PeerModel
import ServiceLifecycle

/// The door for local users: JSON-RPC 2.0 over a Unix socket. The kernel says who connects.
package struct LocalServer: Service {
  let socket: ListeningSocket
  let table: OperationTable
  /// Connections at one time.
  let maximumConnections: Int
  let group: any EventLoopGroup
  /// Lets this door be closed for new connections before the key changes; the main one only.
  var rotation: IdentityRotation?
  /// Who a user is here. At the main socket, which only owners can open, an owner.
  var admit: @Sendable (_ uid: UInt32) throws(NodeError) -> Caller = { uid in .owner(uid: uid) }
  let logger = Logger(label: "LocalServer")

  package func run() async throws {
    let census = ConnectionCensus(total: maximumConnections)
    let acceptor = Acceptor(
      socket: socket, group: group, logger: logger,
      enter: { _ in
        guard census.enter("", .loopback) else { return nil }
        return { census.leave("", .loopback) }
      },
      prepare: { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      },
      serve: { channel in await serve(channel) },
      opened: { [rotation] channel in rotation?.doorIsOpen { channel.close(promise: nil) } },
      closed: { [rotation] in rotation?.doorIsClosed() })
    try await acceptor.run()
  }

  private func serve(_ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
    do {
      try await channel.executeThenClose { inbound, outbound in
        let credentials = try await PeerCredentials.of(channel.channel)
        let admitted = Result { () throws(NodeError) in try admit(credentials.uid) }
        if case .failure(let refusal) = admitted {
          try await outbound.write(ByteBuffer(bytes: Message.failure(id: .null, error: refusal).line))
        }
        guard case .success(let caller) = admitted else { return }
        let connection = LocalConnection(caller: caller, table: table, outbound: outbound, logger: logger)
        try await withGracefulShutdownHandler {
          try await connection.run(inbound, closed: channel.channel.closeFuture)
        } onGracefulShutdown: {
          connection.drain()
          // Whoever was let in a moment ago is about to ask, and gets its answer.
          let grace = connection.hasReceived ? TimeAmount.zero : .milliseconds(500)
          channel.channel.eventLoop.scheduleTask(in: grace) { channel.channel.close(mode: .input, promise: nil) }
        }
      }
    } catch {
      logger.debug("a local connection ended", metadata: ["error": "\(error)"])
    }
  }
}

/// Who is at the other end of a Unix socket (SO_PEERCRED, unix(7)): struct ucred, which Glibc hides behind _GNU_SOURCE.
struct PeerCredentials: Sendable {
  var pid: Int32
  var uid: UInt32
  var gid: UInt32

  static func of(_ channel: any Channel) async throws -> PeerCredentials {
    guard let provider = channel as? any SocketOptionProvider else { throw ChannelError.operationUnsupported }
    return try await provider.unsafeGetSocketOption(level: .socket, name: .socketPeerCredentials).get()
  }
}

extension NIOBSDSocket.Option {
  static let socketPeerCredentials = NIOBSDSocket.Option(rawValue: 17)
}
