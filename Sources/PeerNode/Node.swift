import Glibc
import Logging
import NIOPosix
import PeerModel
import ServiceLifecycle

/// The daemon as a library: builds the parts in order of what needs what, and runs them as one group.
///
/// Where to look:
/// - `Configuration` the settings and where they come from · `Identity` the key that the peers know this node by
/// - `Store` the one database, the state folder and its lock · `Events` what happens, for those who watch
/// - `Peers` the registry: who is known, who may do what, who decided · `Handshake` both ends, tokens
/// - `Pairing` the same with a code that one owner types on both machines
/// - `Exchange` calling other nodes · `Discovery` finding them on the local network
/// - `Liveness` whether they are there · `Audit` who did what, as a chain of hashes
/// - `Skills` what can be done here · `Tasks` what is done in plain English, and what came of it · `Agent` what does it ·
///   `Operations` every operation, once · `Wire` files beside JSON
/// - `Context` what is remembered, and syncing it · `Documents` files that peers share
/// - `Diagnosis` proving step by step that all this works, for `r doctor`
/// - `PeerAPI` the HTTPS door · `LocalServer` the Unix socket door · `Systemd` sockets, readiness, watchdog, journal
/// - `Lifecycle` sockets and locks that outlive one node, and the next one after a change of its key
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
    /// Kept from one node to the next within a process.
    package let foothold = Foothold()
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
  package let parts: NodeParts

  /// Opens everything that can fail, so that a start either works or says in one sentence why not.
  /// - Throws: ``NodeError``, or what the libraries throw for what should not happen.
  package init(_ options: Options) async throws {
    let budget = try DescriptorBudget.raised()
    let directory = try options.foothold.lock(directory: options.stateDirectory, socket: options.socket)
    let files = IdentityFiles(directory: directory)
    let identity = try files.loadOrCreate()
    let credentials = try TLSCredentials(identity)
    let settings = Settings(options.configuration)
    let store = try Store(directory: directory)
    let events = EventHub()
    let registry = try Registry(store: store, identity: identity, events: events)
    let tokens = try await Tokens(node: identity.id, secret: try store.secret("token secret", count: 32))
    let audit = AuditLog(store: store)
    let exchange = PeerExchange(
      identity: identity, credentials: credentials, registry: registry, settings: settings, audit: audit)
    let discovery = Discovery(identity: identity, settings: settings, registry: registry, exchange: exchange)
    let workspace = try Workspace(directory: directory + "/work")
    let limits = SkillLimits()
    let library = SkillLibrary(
      skills: BuiltInSkills.all(settings: settings, keptApart: options.keptApart(state: directory)),
      workspace: workspace, limits: limits,
      report: { error, skill, tool in
        Logger(label: "Skills").error(
          "a skill failed unexpectedly", metadata: ["skill": "\(skill).\(tool)", "error": "\(error)"])
      })
    let manifests = ManifestLoader(folders: options.skillFolders, settings: settings, library: library)
    manifests.load()
    let mcp = MCPServers(settings: settings, library: library, directory: directory + "/mcp")
    let skills = SkillService(
      library: library, workspace: workspace, settings: settings, outcomes: OutcomeLog(store: store), events: events,
      registry: registry, limits: limits)
    let tasks = NodeParts.makeTasks(
      store: store, settings: settings, skills: skills, exchange: exchange, audit: audit)
    parts = NodeParts(
      identity: identity, rotation: IdentityRotation(files: files, identity: identity), settings: settings,
      store: store, registry: registry, exchange: exchange, discovery: discovery, skills: skills, mcp: mcp,
      tasks: tasks, events: events, audit: audit, context: ContextLog(store.pool),
      documents: try DocumentStore(store: store, registry: registry, directory: directory + "/documents"),
      stateDirectory: directory, configurationPath: options.configurationPath,
      started: options.foothold.started)
    let table = OperationTable(parts.operations)

    let group = MultiThreadedEventLoopGroup.singleton
    let local = LocalServer(
      socket: try options.foothold.local(path: options.socket), table: table,
      maximumConnections: budget.localConnections, group: group,
      rotation: parts.rotation)
    var services: [any Service] = [AuditKeeper(log: audit, settings: settings), mcp, local]
    let p2p = settings.current.p2p
    if p2p.enabled {
      let sockets = try options.foothold.peers(p2p)
      settings.advertisedPort = sockets.first?.port ?? 0
      let running = RunningRequests()
      let liveness = Liveness(registry: registry) { discovery.introduceOnceSoon($0) }
      let admission = Admission(connections: budget.peerConnections, registry: registry, settings: settings)
      let certificates = ClientCertificates()
      let router = PeerRouter(
        identity: identity, settings: settings, table: table,
        callers: CallerIdentification(
          tokens: tokens, registry: registry, settings: settings, certificates: certificates),
        desk: HandshakeDesk(
          identity: identity, registry: registry, settings: settings, tokens: tokens,
          knocked: { liveness.knocked($0) }),
        admission: admission, running: running, audit: audit, offerNote: { await skills.offerNote() })
      let responder = PeerResponder(
        inner: router.makeResponder(), table: table, audit: audit, logger: Logger(label: "PeerAPI"))
      services.append(
        try PeerListener(
          credentials: credentials, settings: settings, certificates: certificates, responder: responder,
          running: running, sockets: sockets, admission: admission, group: group, rotation: parts.rotation))
      services.append(discovery)
      services.append(liveness)
      // Those who have not heard of the change of the key hear of it now.
      if identity.rotations.newest != nil {
        for peer in registry.all() where peer.status == .approved { discovery.introduceSoon(peer.id) }
      }
    }
    // After the doors, so that it ends before them: whoever waits at one for a task hears of it.
    services.append(tasks)
    let readers = ReaderServer(
      main: options.socket, settings: settings, table: table, audit: audit,
      maximumConnections: budget.readerConnections, group: group)
    services.append(readers)
    services.append(Watchdog { await Self.answers(registry) })
    services.append(
      Reloader(
        settings: settings, read: options.reload,
        everyTime: { [parts] in
          let before = await skills.exposed().version
          manifests.load()
          mcp.reconfigure()
          await parts.announceSkills(unless: before)
        }
      ) {
        audit.reconfigure()
        readers.reconfigure()
        await discovery.reconfigure()
      })
    services.append(
      Readiness(settings: settings, exchange: exchange, rotation: parts.rotation, foothold: options.foothold))
    services.append(parts.rotation)
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

  /// Serves until a graceful shutdown or until its key has been changed, then drains; see ``NodeLoop``.
  package func run() async throws {
    let group = ServiceGroup(
      configuration: .init(
        services: services.map {
          .init(
            service: $0,
            successTerminationBehavior: $0 is IdentityRotation ? .gracefullyShutdownGroup : .ignore,
            failureTerminationBehavior: .gracefullyShutdownGroup)
        }, logger: Self.quietLogger))
    try await group.run()
  }

  /// The change of the key that ends this node.
  var rotation: IdentityRotation { parts.rotation }
  /// The configuration in force.
  var configuration: Configuration { parts.settings.current }

  /// The group logs whole services at debug; only what goes wrong is of interest.
  static var quietLogger: Logger {
    var logger = Logger(label: "Services")
    logger.logLevel = .warning
    return logger
  }

  /// Whether the node still works: the registry can be read and the cooperative pool runs this.
  private static func answers(_ registry: Registry) async -> Bool {
    _ = registry.pending()
    return true
  }
}
