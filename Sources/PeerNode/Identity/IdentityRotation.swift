package import PeerModel
import ServiceLifecycle
import Synchronization

/// Changes this node's key, once in the life of a ``Node``: what comes after is the next one, with the new key.
///
/// As a service it ends when the key has been changed, and with it the node.
package final class IdentityRotation: Service {
  private enum Phase {
    case idle, running, done
  }
  private let files: IdentityFiles
  private let identity: Identity
  private let phase = Mutex(Phase.idle)
  private let done: AsyncStream<Void>
  private let finish: AsyncStream<Void>.Continuation
  private let told: AsyncStream<Void>
  private let tell: AsyncStream<Void>.Continuation
  private let closed: AsyncStream<Void>
  private let tellClosed: AsyncStream<Void>.Continuation
  private let doors = Mutex<(open: Int, close: [@Sendable () -> Void])>((0, []))

  /// How long the doors may take to close, and an answer to be sent.
  private static let patience = Duration.seconds(2)

  package init(files: IdentityFiles, identity: Identity) {
    self.files = files
    self.identity = identity
    (done, finish) = AsyncStream.makeStream()
    (told, tell) = AsyncStream.makeStream()
    (closed, tellClosed) = AsyncStream.makeStream()
  }

  /// Whether this node's key is an old one already.
  package var isDone: Bool { phase.withLock { $0 == .done } }

  /// Changes the key on disk and lets the node end.
  /// - Returns: the new identity.
  /// - Throws: ``NodeError`` `conflict` when it is under way, and what ``IdentityFiles/rotate(_:now:)`` throws.
  package func rotate(now: Int) throws(NodeError) -> Identity {
    let isFirst = phase.withLock { phase in
      guard phase == .idle else { return false }
      phase = .running
      return true
    }
    guard isFirst else {
      throw NodeError(.conflict, "the key of this node is being changed already", hint: "r identity", retryAfter: 1)
    }
    do {
      let new = try files.rotate(identity, now: now)
      phase.withLock { $0 = .done }
      return new
    } catch {
      phase.withLock { $0 = .idle }
      throw error
    }
  }

  /// Stops accepting at every door, so that whoever is answered after this meets the new key. Connections wait.
  package func closeDoors() async {
    for close in doors.withLock(\.close) { close() }
    // Whichever is first: the last door has closed, or a slow one keeps nobody waiting any longer.
    await withTaskGroup { [closed] group in
      group.addTask { for await _ in closed {} }
      group.addTask { try? await Task.sleep(for: Self.patience) }
      await group.next()
      group.cancelAll()
    }
  }

  /// Lets the node end, after ``rotate(now:)`` and when what must be answered has been.
  package func startAnew() {
    finish.finish()
    tell.finish()
  }

  /// Lets the node end soon, also when nobody waits for the answer any more.
  package func startAnewSoon() {
    // Not a child: the request that changed the key may be gone by then.
    Task { [self] in
      try? await Task.sleep(for: Self.patience * 2)
      startAnew()
    }
  }

  /// A door accepts connections, until `close` is called.
  func doorIsOpen(_ close: @escaping @Sendable () -> Void) {
    doors.withLock { doors in
      doors.open += 1
      doors.close.append(close)
    }
  }

  func doorIsClosed() {
    let isLast = doors.withLock { doors in
      doors.open -= 1
      return doors.open == 0
    }
    if isLast { tellClosed.finish() }
  }

  package func run() async throws { for await _ in done.cancelOnGracefulShutdown() {} }

  /// Returns when the node ends to start anew, or the task is cancelled.
  func wait() async { for await _ in told {} }
}
