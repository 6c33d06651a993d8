internal import Glibc
internal import LocalAPI
internal import PeerModel

/// The connection of one run to the daemon, made when it is first needed.
final class Session {
  /// How long an answer may take that needs no other node, and one that does.
  static let patience = 30.0
  static let networkPatience = 90.0

  /// The socket in use.
  let path: String
  /// The peer on which everything is done, nil for this machine's own node.
  let node: String?
  private var connected: LocalClient?

  init(socket: String?, node: String? = nil) {
    self.node = node
    path = SocketPath.resolve(explicit: socket, environment: environment) { access($0, F_OK) == 0 }
  }

  /// The connection itself, for what goes on without end.
  func client() throws(NodeError) -> LocalClient {
    guard node == nil else { throw Self.needsOwnNode }
    return try connection()
  }

  private static let needsOwnNode = NodeError(
    .usage, "this is not possible on a peer", hint: "leave --peer out, or run it on the peer itself")

  private func connection() throws(NodeError) -> LocalClient {
    if let connected { return connected }
    do {
      let client = try LocalClient.connect(socket: path, interrupt: Interrupts.install())
      connected = client
      return client
    } catch {
      throw Startup.withHint(error, path: path)
    }
  }

  /// Asks and waits for the answer.
  /// - Parameter seconds: how long; nil for as long as it takes.
  func call<M: Method>(
    _ method: M.Type, _ parameters: M.Parameters, uploads: [Upload] = [], seconds: Double? = patience,
    progress: (JSONValue) throws(NodeError) -> Void = { _ in }
  ) throws(NodeError) -> Answer<M> {
    guard node == nil else { return try callOnPeer(method, parameters, uploads) }
    do {
      return try connection().call(
        method, parameters, uploads: uploads, until: seconds.map { Deadline(after: $0) }
      ) { (_, value) throws(NodeError) in try progress(value) }
    } catch {
      guard error.code == .unknownMethod else { throw error }
      throw NodeError(
        .unknownMethod, "this rd does not know \(method.name): r and rd are of different versions", hint: "r version")
    }
  }

  /// The same on the peer, through this machine's node.
  private func callOnPeer<M: Method>(
    _ method: M.Type, _ parameters: M.Parameters, _ uploads: [Upload]
  ) throws(NodeError) -> Answer<M> {
    guard let node, uploads.isEmpty else { throw Self.needsOwnNode }
    let answer = try connection().call(
      PerformOnPeer.self, .init(peer: node, method: M.name, parameters: parameters.json),
      until: Deadline(after: Self.networkPatience))
    return Answer(request: answer.request, json: try answer.value().result)
  }
}
