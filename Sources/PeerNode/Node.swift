import Glibc
import Logging
import NIOPosix
import PeerModel
import ServiceLifecycle

/// The daemon as a library: builds the parts in order of what needs what, and runs them as one group.
///
/// Where to look:
/// - `Configuration` the settings and where they come from · `Identity` the key that the peers know this node by
/// - `Store` the one database, the state folder and its lock · `Events` what happened, for those who watch
/// - `Peers` the registry: who is known, who may do what, who decided · `Handshake` both ends, tokens
/// - `Exchange` calling other nodes · `Discovery` finding them on the local network
/// - `Skills` what can be done here · `Operations` every operation, once · `Wire` files beside JSON
/// - `PeerAPI` the HTTPS door · `LocalServer` the Unix socket door · `Systemd` sockets, readiness, watchdog, journal
package struct Node: Sendable {
  /// What the command line decides.
  package struct Options: Sendable {
    package var stateDirectory: String
    /// Path of the local socket, also when it is inherited.
    package var socket: String
    package var configurationPath: String
    package var configuration: Configuration
    /// Reads the configuration again, options of the command line included.
    package var reload: @Sendable () throws -> Configuration
    /// Where manifests of skills are, beside the folders that the configuration names.
    package var skillFolders: SkillFolders

    package init(
      stateDirectory: String, socket: String, configurationPath: String, configuration: Configuration,
      skillFolders: SkillFolders, reload: @escaping @Sendable () throws -> Configuration
    ) {
      self.stateDirectory = stateDirectory
      self.socket = socket
      self.configurationPath = configurationPath
      self.configuration = configuration
      self.skillFolders = skillFolders
      self.reload = reload
    }
  }

  private let logger = Logger(label: "Node")
  private let services: [any Service]
  /// Held for as long as the node runs.
  private let state: StateDirectory
  private let socketLock: SocketLock
  private let parts: NodeParts

  /// Opens everything that can fail, so that a start either works or says in one sentence why not.
  /// - Throws: ``NodeError``, or what the libraries throw for what should not happen.
  package init(_ options: Options) async throws {
    let budget = try DescriptorBudget.raised()
    state = try StateDirectory(path: options.stateDirectory)
    socketLock = try SocketLock(socket: options.socket)
    let identity = try IdentityFiles(directory: state.path).loadOrCreate()
    let settings = Settings(options.configuration)
    let store = try Store(directory: state.path)
    let events = EventHub()
    let registry = try Registry(store: store, identity: identity, events: events)
    let tokens = try await Tokens(node: identity.id, secret: try store.secret("token secret", count: 32))
    let exchange = PeerExchange(identity: identity, registry: registry, settings: settings)
    let discovery = Discovery(identity: identity, settings: settings, registry: registry, exchange: exchange)
    let workspace = try Workspace(directory: state.path + "/work")
    let limits = SkillLimits()
    let library = SkillLibrary(
      skills: BuiltInSkills.all, workspace: workspace, limits: limits,
      report: { error, skill, tool in
        Logger(label: "Skills").error(
          "a skill failed unexpectedly", metadata: ["skill": "\(skill).\(tool)", "error": "\(error)"])
      })
    let manifests = ManifestLoader(folders: options.skillFolders, settings: settings, library: library)
    manifests.load()
    let skills = SkillService(
      library: library, workspace: workspace, settings: settings, outcomes: OutcomeLog(store: store), events: events,
      registry: registry, limits: limits)
    parts = NodeParts(
      identity: identity, settings: settings, store: store, registry: registry, exchange: exchange,
      discovery: discovery, skills: skills, events: events, started: Clock.steady)
    let table = OperationTable(parts.operations)

    let inherited = try InheritedSockets.take()
    let group = MultiThreadedEventLoopGroup.singleton
    let local = try LocalServer(
      socket: inherited.first { $0.purpose == .local }.map { ListeningSocket(inherited: $0.descriptor) }
        ?? ListeningSocket.local(path: options.socket),
      table: table, maximumConnections: budget.localConnections, group: group)
    var services: [any Service] = [local]
    let p2p = settings.current.p2p
    if p2p.enabled {
      let sockets = try Self.peerSockets(inherited, p2p)
      settings.advertisedPort = sockets.first?.port ?? 0
      let running = RunningRequests()
      let router = PeerRouter(
        identity: identity, settings: settings, table: table,
        callers: CallerIdentification(tokens: tokens, registry: registry),
        desk: HandshakeDesk(identity: identity, registry: registry, settings: settings, tokens: tokens),
        running: running)
      let responder = PeerResponder(inner: router.makeResponder(), table: table, logger: Logger(label: "PeerAPI"))
      services.append(
        try PeerListener(
          identity: identity, responder: responder, running: running, sockets: sockets,
          maximumConnections: budget.peerConnections, group: group))
      services.append(discovery)
    }
    services.append(Watchdog { await Self.answers(registry) })
    services.append(
      Reloader(settings: settings, read: options.reload, everyTime: { manifests.load() }) {
        await discovery.reconfigure()
      })
    services.append(Readiness(settings: settings, exchange: exchange))
    self.services = services
    logger.info(
      "node ready",
      metadata: [
        "peer_id": "\(identity.id)", "name": "\(settings.name)", "port": "\(settings.advertisedPort)",
        "socket": "\(options.socket)",
      ])
    if !p2p.requireApproval {
      logger.warning("p2p.require_approval is false: every node that asks is let in without approval")
    }
  }

  /// Serves until SIGTERM or SIGINT, then drains.
  package func run() async throws {
    let group = ServiceGroup(
      configuration: .init(
        services: services.map {
          .init(service: $0, successTerminationBehavior: .ignore, failureTerminationBehavior: .gracefullyShutdownGroup)
        },
        gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quietLogger))
    try await group.run()
  }

  /// The group logs whole services at debug; only what goes wrong is of interest.
  private static var quietLogger: Logger {
    var logger = Logger(label: "Services")
    logger.logLevel = .warning
    return logger
  }

  private static func peerSockets(
    _ inherited: [InheritedSocket], _ p2p: Configuration.P2P
  ) throws(NodeError) -> [ListeningSocket] {
    let passed = inherited.filter { $0.purpose == .peer }
    guard passed.isEmpty else { return passed.map { ListeningSocket(inherited: $0.descriptor) } }
    return try ListeningSocket.tcp(host: p2p.listenHost, port: p2p.listenPort)
  }

  /// Whether the node still works: the registry can be read and the cooperative pool runs this.
  private static func answers(_ registry: Registry) async -> Bool {
    _ = registry.pending()
    return true
  }
}
