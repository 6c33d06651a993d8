import Glibc
import Logging
import NIOCore
import NIOExtras
import NIOPosix
import ServiceLifecycle

/// Accepts the connections of one listening socket, within limits, and serves each in a task of its own until a graceful
/// shutdown: what both doors have in common.
struct Acceptor<Connection: Sendable>: Sendable {
  let socket: ListeningSocket
  let group: any EventLoopGroup
  let logger: Logger
  /// Counts a connection: what to do when it ends, nil for one that is too many.
  let enter: @Sendable (SocketAddress?) -> (@Sendable () -> Void)?
  /// Prepares the pipeline of a new connection, on its event loop.
  let prepare: @Sendable (any Channel) -> EventLoopFuture<Connection>
  let serve: @Sendable (Connection) async -> Void
  /// Told the channel that accepts; closing it stops the accepting alone.
  var opened: @Sendable (any Channel) -> Void = { _ in }
  /// Told when no connection is accepted any more.
  var closed: @Sendable () -> Void = {}

  /// Connections that wait to be accepted.
  private static var backlog: Int32 { 1024 }

  func run() async throws {
    let quiescing = ServerQuiescingHelper(group: group)
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            quiescing.makeServerChannelHandler(channel: channel), AcceptErrorHandler(logger: logger))
        }
      }
      .childChannelOption(.allowRemoteHalfClosure, value: true)
    let descriptor = try socket.takeDescriptor()
    let server = try await bootstrap.bind(descriptor) { channel in admit(channel) }
    // The library has set its own, shorter backlog on the socket that it was given.
    listen(descriptor, Self.backlog)
    opened(server.channel)
    try await withGracefulShutdownHandler {
      try await withThrowingDiscardingTaskGroup { connections in
        try await server.executeThenClose { inbound in
          for try await connection in inbound {
            guard let connection else { continue }
            connections.addTask { await serve(connection.value) }
          }
        }
        closed()
        // Where the accepting alone was stopped: the service goes on until the node ends.
        try? await gracefulShutdown()
      }
    } onGracefulShutdown: {
      quiescing.initiateShutdown(promise: nil)
    }
  }

  /// Nil for a connection that is one too many, which is closed at once.
  private func admit(_ channel: any Channel) -> EventLoopFuture<Accepted<Connection>?> {
    guard let leave = enter(channel.remoteAddress) else {
      channel.close(promise: nil)
      return channel.eventLoop.makeSucceededFuture(nil)
    }
    channel.closeFuture.whenComplete { _ in leave() }
    return prepare(channel).map { Accepted(value: $0, channel: channel) }
  }
}

/// A connection on its way to whoever serves it. The library lets go of those that it accepts while the accepting stops;
/// they are closed then, and held until they are: a writer that goes while its channel is open ends the process.
private final class Accepted<Connection: Sendable>: Sendable {
  let value: Connection
  private let channel: any Channel

  init(value: Connection, channel: any Channel) {
    self.value = value
    self.channel = channel
  }

  deinit {
    let value = value
    channel.closeFuture.whenComplete { _ in withExtendedLifetime(value) {} }
    channel.close(promise: nil)
  }
}
