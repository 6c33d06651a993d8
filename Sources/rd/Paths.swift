import Glibc
import LocalAPI
import PeerModel
import PeerNode

/// Where things are: the only place that reads the environment.
struct Paths: Sendable {
  let configuration: String
  let state: String
  let socket: String
  let skillFolders: SkillFolders

  /// - Throws: ``NodeError`` when neither an option nor the environment says where to keep state.
  init(_ options: Daemon) throws(NodeError) {
    let environment = Self.environment(["R_CLI_CONFIG", "STATE_DIRECTORY", "HOME", "RD_SOCKET", "XDG_RUNTIME_DIR"])
    let home = environment["HOME"]
    configuration =
      options.config ?? Configuration.defaultPath(uid: geteuid(), home: home, environment: environment)
    guard let state = options.stateDir ?? environment["STATE_DIRECTORY"] ?? home.map({ $0 + "/.r-cli" }) else {
      throw NodeError(.configuration, "no folder for the state is known", hint: "name one: rd --state-dir DIR")
    }
    self.state = state
    socket = options.socket ?? Self.defaultSocket(environment)
    skillFolders = .standard(
      executable: Self.executable,
      userFolder: Configuration.userFolder(uid: geteuid(), home: home, environment: environment))
  }

  /// `$RD_SOCKET`, else the user's runtime folder for an ordinary user, else the machine's.
  private static func defaultSocket(_ environment: [String: String]) -> String {
    if let path = environment["RD_SOCKET"], !path.isEmpty { return path }
    if geteuid() != 0, environment["STATE_DIRECTORY"] == nil, let runtime = environment["XDG_RUNTIME_DIR"],
      !runtime.isEmpty
    {
      mkdir(runtime + "/rd", 0o700)
      return runtime + "/rd/rd.sock"
    }
    mkdir("/run/rd", 0o755)
    return "/run/rd/rd.sock"
  }

  /// The running program.
  private static var executable: String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    return String(decoding: path.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func environment(_ names: [String]) -> [String: String] {
    Dictionary(
      names.compactMap { name in getenv(name).map { (name, String(cString: $0)) } }, uniquingKeysWith: { $1 })
  }
}
