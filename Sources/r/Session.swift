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
  private var connected: LocalClient?

  init(socket: String?) {
    path = SocketPath.resolve(explicit: socket, environment: environment) { access($0, F_OK) == 0 }
  }

  func client() throws(NodeError) -> LocalClient {
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
    do {
      return try client().call(
        method, parameters, uploads: uploads, until: seconds.map { Deadline(after: $0) }
      ) { (_, value) throws(NodeError) in try progress(value) }
    } catch {
      guard error.code == .unknownMethod else { throw error }
      throw NodeError(
        .unknownMethod, "this rd does not know \(method.name): r and rd are of different versions", hint: "r version")
    }
  }
}
