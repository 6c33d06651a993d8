import Logging
package import PeerModel
package import PeerNode
import ServiceLifecycle
import Synchronization

/// A whole node in this process, on a free port and in a temporary folder. Nothing of it reaches the network.
package final class TestNode: Sendable {
  package let folder: TemporaryFolder
  package let socket: String
  package let port: Int
  package let id: PeerID
  private let group: ServiceGroup
  private let running: Task<Void, any Error>
  private let isOver: Shared<Bool>

  /// - Parameters:
  ///   - folder: of an earlier node, to start it again.
  ///   - configure: changes the settings.
  package init(
    _ name: String = "node", in folder: TemporaryFolder = TemporaryFolder(),
    configure: (inout PeerNode.Configuration) -> Void = { _ in }
  ) async throws {
    self.folder = folder
    socket = folder.path + "/rd.sock"
    let options = Self.options(name, in: folder, configure: configure)
    let nodes = try await NodeLoop(options)
    let group = ServiceGroup(
      configuration: .init(
        services: [.init(service: nodes, successTerminationBehavior: .gracefullyShutdownGroup)],
        logger: Logger(label: "TestNode") { _ in SwiftLogNoOpLogHandler() }))
    self.group = group
    // Ends with `stop`, which every test calls through `run`.
    let isOver = Shared(false)
    self.isOver = isOver
    running = Task {
      defer { isOver.value.withLock { $0 = true } }
      try await group.run()
    }
    let local = try await LocalSocket(socket)
    let status = try await local.call("p2p.p2p_status")
    await local.close()
    port = Int(status["listen_port"]?.integerValue ?? 0)
    id = try PeerID(json: status["peer_id"] ?? .null)
  }

  package static func options(
    _ name: String = "node", in folder: TemporaryFolder, configure: (inout PeerNode.Configuration) -> Void = { _ in }
  ) -> Node.Options {
    var configuration = PeerNode.Configuration(name: name)
    configuration.p2p.listenHost = "127.0.0.1"
    configuration.p2p.listenPort = 0
    configuration.p2p.autoDiscover = false
    configuration.p2p.advertiseMDNS = false
    configuration.p2p.interfaces = ["none"]
    configure(&configuration)
    let settings = configuration
    return Node.Options(
      stateDirectory: folder.path + "/state", socket: folder.path + "/rd.sock",
      configurationPath: folder.path + "/config.yaml", configuration: settings,
      skillFolders: SkillFolders(fixed: [SkillFolder(path: folder.path + "/skills.d")]), reload: { settings })
  }

  /// Drains and ends, as at SIGTERM.
  /// - Throws: ``TestFailure`` when that takes too long.
  package func stop(within seconds: Int = 15) async throws {
    await group.triggerGracefulShutdown()
    // Not in a task group: that would wait for a node that does not end.
    try await eventually("the node stops", within: seconds) { isOver.value.withLock { $0 } }
    try await running.value
  }

  /// Runs `body` with a node that is stopped afterwards.
  package static func run(
    _ name: String = "node", in folder: TemporaryFolder = TemporaryFolder(),
    configure: (inout PeerNode.Configuration) -> Void = { _ in }, _ body: (TestNode) async throws -> Void
  ) async throws {
    let node = try await TestNode(name, in: folder, configure: configure)
    do { try await body(node) } catch {
      try? await node.stop()
      throw error
    }
    try await node.stop()
  }

  /// Runs `body` with two nodes.
  package static func runTwo(
    configure: (inout PeerNode.Configuration) -> Void = { _ in }, _ body: (TestNode, TestNode) async throws -> Void
  ) async throws {
    try await run("alpha", configure: configure) { alpha in
      try await run("beta", configure: configure) { beta in try await body(alpha, beta) }
    }
  }

  /// Calls a method over a connection of its own.
  package func call(_ method: String, _ parameters: JSONValue = [:]) async throws -> JSONValue {
    let local = try await LocalSocket(socket)
    do {
      let result = try await local.call(method, parameters)
      await local.close()
      return result
    } catch {
      await local.close()
      throw error
    }
  }

  /// The identity as it is kept in the state folder.
  package var identity: Identity {
    get throws { try IdentityFiles(directory: folder.path + "/state").loadOrCreate() }
  }
}

/// A value that tasks share.
private final class Shared<Value: Sendable>: Sendable {
  let value: Mutex<Value>
  init(_ value: Value) { self.value = Mutex(value) }
}
