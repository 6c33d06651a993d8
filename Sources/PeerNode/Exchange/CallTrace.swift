import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// What is known of the fate of one call: whether it may be running, or have run, on the peer.
final class CallTrace: Sendable {
  private struct State {
    var isUnclear = false
    var isAnswered = false
    var isReadOnly = false
  }
  private let state = Mutex(State())

  /// A request went out whose answer did not come.
  var isUnclear: Bool { state.withLock(\.isUnclear) }
  /// The peer has answered, whatever it said.
  var isAnswered: Bool { state.withLock(\.isAnswered) }

  /// The tool changes nothing, by the description that is pinned.
  var isReadOnly: Bool { state.withLock(\.isReadOnly) }

  func noteTool(isReadOnly: Bool) { state.withLock { $0.isReadOnly = isReadOnly } }

  func noteAnswer() { state.withLock { $0.isAnswered = true } }

  /// An attempt ended without an answer.
  func noteFailure(_ error: any Error) {
    guard !Self.isBeforeSending(error) else { return }
    state.withLock { $0.isUnclear = true }
  }

  /// Whether the connection was not even there, so that no byte of the request left.
  private static func isBeforeSending(_ error: any Error) -> Bool {
    if error is NIOConnectionError || error is PinnedClient.WrongServer { return true }
    // What only connecting meets: other errors of the network may come later too.
    if let error = error as? IOError { return error.errnoCode == ECONNREFUSED }
    return (error as? HTTPClientError) == .connectTimeout
  }
}
