import Glibc

extension Configuration {
  /// The configuration file to read when no option names one: `$R_CLI_CONFIG`, else the one in
  /// ``userFolder(uid:home:environment:)``, else the machine's.
  package static func defaultPath(uid: UInt32, home: String?, environment: [String: String]) -> String {
    if let named = environment["R_CLI_CONFIG"], !named.isEmpty { return named }
    let folder = userFolder(uid: uid, home: home, environment: environment) ?? "/etc/r-cli"
    return folder + "/config.yaml"
  }

  /// The folder `~/.r-cli` of a login user; nil for a service account, which has the machine's files.
  ///
  /// An account is a service account when its number is in a range that no person is given (1…999, systemd's dynamic
  /// users, nobody), when it is root started by systemd with a state directory, or when it has no home.
  /// - Parameters:
  ///   - uid: the user that the process runs as.
  ///   - home: `$HOME`; it counts when it is a directory and not the root.
  ///   - environment: the environment of the process.
  package static func userFolder(uid: UInt32, home: String?, environment: [String: String]) -> String? {
    let isService =
      switch uid {
      case 0: environment["STATE_DIRECTORY"] != nil
      case 1..<1000, 61_184...65_519, 65_534: true
      default: false
      }
    guard !isService, let home, home.hasPrefix("/"), home != "/", isDirectory(home) else { return nil }
    return home + (home.hasSuffix("/") ? "" : "/") + ".r-cli"
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
