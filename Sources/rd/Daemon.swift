import ArgumentParser
import Glibc
import PeerModel
import PeerNode

/// Wires the command line to ``Node``.
@main
struct Daemon: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rd",
    abstract: "The daemon that turns your machines into one team of agents.",
    discussion: "An option beats the configuration file. SIGHUP reloads the configuration, SIGTERM finishes what runs.",
    version: "rd \(Software.version) (protocol \(ProtocolVersion.current))")

  @Option(help: ArgumentHelp("Configuration file.", valueName: "file"))
  var config: String?
  @Option(help: ArgumentHelp("Folder of the identity and the database; default ~/.r-cli.", valueName: "dir"))
  var stateDir: String?
  @Option(help: ArgumentHelp("Path of the local socket.", valueName: "path"))
  var socket: String?
  @Option(help: ArgumentHelp("Address of the peer API.", valueName: "host"))
  var host: String?
  @Option(help: ArgumentHelp("TCP port of the peer API; 0 takes a free one.", valueName: "port"))
  var port: Int?
  @Option(help: ArgumentHelp("This node's name.", valueName: "name"))
  var name: String?
  @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
  var logLevel = "info"
  @Flag(help: "Only check the configuration.")
  var checkConfig = false
  /// How the daemon runs itself to open one SQLite file; see ``SQLiteWorker``.
  @Flag(help: .hidden)
  var sqliteWorker = false

  func run() async throws {
    if sqliteWorker { return SQLiteWorker.serve() }
    do {
      let paths = try Paths(self)
      let configuration = try read(paths)
      if checkConfig {
        print("\(paths.configuration): good")
        return
      }
      try LogLevel.start(level: logLevel)
      let nodes = try await NodeLoop(
        Node.Options(
          stateDirectory: paths.state, socket: paths.socket, configurationPath: paths.configuration,
          configuration: configuration, skillFolders: paths.skillFolders, reload: { try read(paths) }))
      try await nodes.runUntilSignalled()
    } catch let error as NodeError {
      fail(error)
    }
  }

  /// The configuration file with the options over it.
  private func read(_ paths: Paths) throws(NodeError) -> Configuration {
    var configuration = try Configuration.load(path: paths.configuration, mustExist: config != nil)
    if let host { try configuration.set("p2p.listen_host", to: host, option: "--host") }
    if let port { try configuration.set("p2p.listen_port", to: String(port), option: "--port") }
    if let name { try configuration.set("name", to: name, option: "--name") }
    return configuration
  }

  private func fail(_ error: NodeError) -> Never {
    for line in error.message.split(separator: "\n") { write("rd: \(line)\n") }
    if let hint = error.hint { write("rd: hint: \(hint)\n") }
    Glibc.exit(error.code.mapping.exit)
  }

  private func write(_ text: String) { _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) } }
}
