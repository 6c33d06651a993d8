import ServiceLifecycle
import Synchronization

/// One daemon: a node, and after each change of its key the next one, on the same sockets and locks.
package final class NodeLoop: Service {
  /// Until it runs: a node that has ended, and its key, must not be kept.
  private let first: Mutex<Node?>
  private let options: Node.Options

  /// How long requests that run may take to end when the node starts anew; after that they are cancelled, since nobody
  /// is served in the meantime.
  private static let patience = Duration.seconds(10)

  /// - Throws: ``NodeError``, or what the libraries throw for what should not happen.
  package init(_ options: Node.Options) async throws {
    first = Mutex(try await Node(options))
    self.options = options
  }

  /// Serves until a graceful shutdown.
  package func run() async throws {
    defer { options.foothold.release() }
    var options = options
    var next = first.withLock { first in
      defer { first = nil }
      return first
    }
    while let node = next {
      next = nil
      guard try await Self.live(node), !Task.isShuttingDownGracefully else { return }
      // What was reloaded stays in force.
      options.configuration = node.configuration
      next = try await Node(options)
    }
  }

  /// Serves until SIGTERM or SIGINT, then drains.
  package func runUntilSignalled() async throws {
    let group = ServiceGroup(
      configuration: .init(
        services: [.init(service: self, successTerminationBehavior: .gracefullyShutdownGroup)],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: Node.quietLogger))
    try await group.run()
  }

  /// - Returns: whether the node ended to start anew.
  private static func live(_ node: Node) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      // Whichever is first: the node has ended by itself, or was to end and requests have kept it for too long.
      group.addTask {
        do { try await node.run() } catch is CancellationError where node.rotation.isDone {}
        return node.rotation.isDone
      }
      group.addTask {
        await node.rotation.wait()
        if node.rotation.isDone { try? await Task.sleep(for: patience) }
        return node.rotation.isDone
      }
      let isAgain = try await group.next() ?? false
      group.cancelAll()
      while let _ = try? await group.next() {}
      return isAgain
    }
  }
}
