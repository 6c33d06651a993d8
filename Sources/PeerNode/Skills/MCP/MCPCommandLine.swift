internal import Glibc
internal import PeerModel

/// How a server is started: the argument vector, the environment and the folders.
struct MCPCommandLine {
  /// Absolute path of what is executed.
  var executable: String
  var arguments: [String]
  var environment: [String: String]
  /// The working directory.
  var folder: String

  /// What a server may use. Runtimes reserve far more addresses than memory, and a server may run for months.
  private static let limits = CommandLimits(
    memoryBytes: 64 << 30, processorSeconds: 1 << 22, diskBytes: 4 << 30, openFiles: 1024)

  /// - Parameter home: the server's own folder, which exists.
  /// - Throws: ``NodeError`` `skill_unavailable` when the program is not installed, or its working directory is missing.
  init(_ settings: Configuration.MCPServer, home: String) throws(NodeError) {
    var variables = [
      "PATH": Program.searchPath, "LANG": "C.UTF-8", "HOME": home, "TMPDIR": home,
    ]
    variables.merge(settings.environment) { $1 }
    guard let program = Self.locate(settings.command, path: variables["PATH"] ?? Program.searchPath) else {
      let name = settings.command.split(separator: "/").last.map(String.init) ?? settings.command
      throw NodeError(.skillUnavailable, "the program \(name) is not installed")
    }
    guard settings.folder.map({ access($0, X_OK) == 0 }) ?? true else {
      throw NodeError(.skillUnavailable, "its working directory (cwd) cannot be entered")
    }
    (executable, arguments) = Self.wrapped([program] + settings.arguments, network: settings.network)
    environment = variables
    folder = settings.folder ?? home
  }

  /// The argument vector within which the server runs: the one place that decides what it can reach.
  ///
  /// It ends with this process, however that ends (prctl(2), PR_SET_PDEATHSIG); Subprocess starts programs from a thread
  /// that lives as long as the process. Without the network it has a network namespace of its own, with nothing in it.
  private static func wrapped(_ vector: [String], network: Bool) -> (executable: String, arguments: [String]) {
    var words = limits.wrapperArguments(remaining: .seconds(1 << 20))
    if !network { words += ["/usr/bin/unshare", "--user", "--map-current-user", "--net", "--"] }
    words += ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"]
    return (CommandLimits.wrapper, words + vector)
  }

  private static func locate(_ command: String, path: String) -> String? {
    let candidates = command.hasPrefix("/") ? [command] : path.split(separator: ":").map { "\($0)/\(command)" }
    return candidates.first { candidate in
      var facts = stat()
      return stat(candidate, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(candidate, X_OK) == 0
    }
  }
}
