internal import Glibc
internal import LocalAPI
internal import PeerModel

/// What to do about a daemon that cannot be reached.
enum Startup {
  /// The error with the command that helps on this machine.
  static func withHint(_ error: NodeError, path: String) -> NodeError {
    var error = error
    switch error.code {
    case .daemonUnreachable where error.hint == nil: error.hint = startCommand(path: path)
    case .notAllowed:
      error.message += "; its users are in the group rd (log in again after joining it)"
      error.hint = "sudo usermod -aG rd $USER"
    default: break
    }
    return error
  }

  static func startCommand(path: String) -> String {
    if access("/run/systemd/system", F_OK) == 0 {
      if path == SocketPath.system { return "systemctl start rd.socket" }
      if path == SocketPath.user(environment: environment) { return "systemctl --user start rd.socket" }
    }
    let usual = SocketPath.resolve(explicit: nil, environment: environment) { access($0, F_OK) == 0 }
    return path == usual ? "r serve" : "r serve --socket \(ErrorReport.quoted(path))"
  }
}
