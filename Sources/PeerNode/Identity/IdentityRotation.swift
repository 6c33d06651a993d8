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
  private let doors: AsyncStream<Void>
  private let closeDoors: AsyncStream<Void>.Continuation

  /// How long an answer may wait for the doors to close. Less than requests that run get to end.
  private static let patience = Duration.seconds(5)

  package init(files: IdentityFiles, identity: Identity) {
    self.files = files
    self.identity = identity
    (done, finish) = AsyncStream.makeStream()
    (told, tell) = AsyncStream.makeStream()
    (doors, closeDoors) = AsyncStream.makeStream()
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

  /// Lets the node end, after ``rotate(now:)`` and when what must be written has been.
  /// Returns when nobody is served with the old key any more, so that whoever is answered then meets the new one.
  package func startAnew() async {
    finish.finish()
    tell.finish()
    await withTaskGroup { [doors] group in
      group.addTask { for await _ in doors {} }
      group.addTask { try? await Task.sleep(for: Self.patience) }
      await group.next()
      group.cancelAll()
    }
  }

  /// The local door accepts nobody any more, and it is the last one.
  func doorsAreClosed() { closeDoors.finish() }

  package func run() async throws { for await _ in done.cancelOnGracefulShutdown() {} }

  /// Returns when the node ends to start anew, or the task is cancelled.
  func wait() async { for await _ in told {} }
}
