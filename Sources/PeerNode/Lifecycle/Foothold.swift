import PeerModel
import Synchronization

/// What outlives a node that starts anew within its process, as it does with a new key: the locks, and the listening
/// sockets, on which connections wait in the meantime.
package final class Foothold: Sendable {
  private struct State {
    var directory: StateDirectory?
    var socketLock: SocketLock?
    var inherited: [InheritedSocket]?
    var local: ListeningSocket?
    var peers: [ListeningSocket]?
  }
  private let state = Mutex(State())
  /// Steady seconds of the first start.
  package let started = Clock.steady

  package init() {}

  /// Takes the locks, the first time.
  /// - Returns: the path of the state folder.
  /// - Throws: ``NodeError`` `already_running`, `configuration`.
  func lock(directory: String, socket: String) throws(NodeError) -> String {
    try change { state throws(NodeError) in
      if state.directory == nil { state.directory = try StateDirectory(path: directory) }
      if state.socketLock == nil { state.socketLock = try SocketLock(socket: socket) }
      return state.directory?.path ?? directory
    }
  }

  /// The socket of the local door, inherited or bound at `path` the first time.
  /// - Throws: ``NodeError`` `configuration`, `already_running`.
  func local(path: String) throws(NodeError) -> ListeningSocket {
    try change { state throws(NodeError) in
      if state.local == nil {
        if let passed = try Self.inherited(&state).first(where: { $0.purpose == .local }) {
          state.local = ListeningSocket(inherited: passed.descriptor)
        } else {
          state.local = try ListeningSocket.local(path: path)
        }
      }
      guard let local = state.local else { throw NodeError.internal }
      return try local.duplicate()
    }
  }

  /// The sockets of the peer door, inherited or bound the first time.
  /// - Throws: ``NodeError`` `configuration`.
  func peers(_ p2p: Configuration.P2P) throws(NodeError) -> [ListeningSocket] {
    try change { state throws(NodeError) in
      if state.peers == nil {
        let passed = try Self.inherited(&state).filter { $0.purpose == .peer }
        state.peers =
          passed.isEmpty
          ? try ListeningSocket.tcp(host: p2p.listenHost, port: p2p.listenPort)
          : passed.map { ListeningSocket(inherited: $0.descriptor) }
      }
      var sockets: [ListeningSocket] = []
      for socket in state.peers ?? [] { sockets.append(try socket.duplicate()) }
      return sockets
    }
  }

  /// Nobody shall wait for a node that does not come again.
  func releaseSockets() { state.withLock { ($0.local, $0.peers) = (nil, nil) } }

  /// At the very end.
  func release() { state.withLock { $0 = State() } }

  private static func inherited(_ state: inout State) throws(NodeError) -> [InheritedSocket] {
    if let known = state.inherited { return known }
    let taken = try InheritedSockets.take()
    state.inherited = taken
    return taken
  }

  private func change<Value: Sendable>(_ body: (inout State) throws(NodeError) -> Value) throws(NodeError) -> Value {
    let result: Result<Value, NodeError> = state.withLock { state in
      do throws(NodeError) { return .success(try body(&state)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
