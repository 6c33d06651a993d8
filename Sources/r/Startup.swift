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

  private static func startCommand(path: String) -> String {
    guard access("/run/systemd/system", F_OK) == 0 else { return "r serve" }
    switch path {
    case SocketPath.system: return "systemctl start rd.socket"
    case SocketPath.user(environment: environment): return "systemctl --user start rd.socket"
    default: return "r serve --socket \(path)"
    }
  }
}
