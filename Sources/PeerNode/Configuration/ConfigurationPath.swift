import Glibc

extension Configuration {
  /// The configuration file to read when no option names one.
  ///
  /// `$R_CLI_CONFIG` wins. A login user has its own file in its home; a service account has the machine's. An account
  /// is a service account when its number is in a range that no person is given (1…999, systemd's dynamic users, nobody),
  /// when it is root started by systemd with a state directory, or when it has no home.
  /// - Parameters:
  ///   - uid: the user that the process runs as.
  ///   - home: `$HOME`; it counts when it is a directory and not the root.
  ///   - environment: the environment of the process.
  package static func defaultPath(uid: UInt32, home: String?, environment: [String: String]) -> String {
    if let named = environment["R_CLI_CONFIG"], !named.isEmpty { return named }
    let isService =
      switch uid {
      case 0: environment["STATE_DIRECTORY"] != nil
      case 1..<1000, 61_184...65_519, 65_534: true
      default: false
      }
    guard !isService, let home, home.hasPrefix("/"), home != "/", isDirectory(home) else {
      return "/etc/r-cli/config.yaml"
    }
    return home + (home.hasSuffix("/") ? "" : "/") + ".r-cli/config.yaml"
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
