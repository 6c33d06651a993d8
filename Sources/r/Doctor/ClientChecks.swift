internal import LocalAPI
internal import PeerModel

/// Judges the way from this program to the daemon.
enum ClientChecks {
  static let section = "this client"

  /// What can be told before the daemon is asked.
  static func before(_ facts: ClientFacts) -> [Finding] {
    [socket(facts), group(facts)].compactMap { $0 }
  }

  /// - Parameter error: why the daemon could not be reached; nil when it answered.
  static func after(_ facts: ClientFacts, _ error: NodeError?) -> [Finding] {
    [daemon(facts, error), unit(facts, error), clock(facts)].compactMap { $0 }
  }

  private static func socket(_ facts: ClientFacts) -> Finding {
    let details: [String: JSONValue] = ["path": facts.path.json]
    let show = "ls -l \(ErrorReport.quoted(facts.path))"
    switch facts.socket {
    case .present(_, true):
      return Finding(.clientSocket, section, .ok, "\(facts.path) is there, and this user may use it", details: details)
    case .present(_, false):
      return Finding(
        .clientSocket, section, .fail, "\(facts.path) is there, but \(facts.user) may not use it",
        cause: "Only root, the user of rd and members of the socket's group may.", command: show, details: details)
    case .hidden:
      return Finding(
        .clientSocket, section, .fail, "\(facts.path) is in a folder that \(facts.user) may not enter",
        cause: "It belongs to another user's daemon, or $RD_SOCKET or --socket names a wrong place.",
        command: show, details: details)
    case .missing:
      return Finding(
        .clientSocket, section, .fail, "there is no socket \(facts.path)",
        cause: "rd has never run here since the machine was started, or $RD_SOCKET or --socket names a wrong place.",
        command: Startup.startCommand(path: facts.path), details: details)
    }
  }

  private static func group(_ facts: ClientFacts) -> Finding? {
    guard case .present(let group, let isWritable) = facts.socket else { return nil }
    let name = ClientFacts.name(of: group)
    let details: [String: JSONValue] = [
      "group": name.json, "in_login": facts.groups.contains(group).json,
      "in_database": facts.databaseGroups.contains(group).json,
    ]
    if isWritable {
      return Finding(
        .clientGroup, section, .ok, "this login may use it", details: details)
    }
    if facts.databaseGroups.contains(group) {
      return Finding(
        .clientGroup, section, .fail, "\(facts.user) is a member of group \(name), but this login is older than that",
        cause:
          "Membership counts from the next login on. Log out and in again; until then the group can be taken on for "
          + "one command.", command: "sg \(name) -c 'r doctor'", details: details)
    }
    return Finding(
      .clientGroup, section, .fail, "\(facts.user) is not a member of group \(name)",
      cause: "Members of the group are owners of this node. After joining, log in again.",
      command: "sudo usermod -aG \(name) \(ErrorReport.quoted(facts.user))", details: details)
  }

  private static func daemon(_ facts: ClientFacts, _ error: NodeError?) -> Finding? {
    guard let error else { return Finding(.clientDaemon, section, .ok, "rd answers") }
    guard error.code == .daemonUnreachable || error.code == .timedOut else { return nil }
    if let unit = facts.unit, unit.isRunning {
      return Finding(
        .clientDaemon, section, .fail, error.message,
        cause: "systemd has started it, and it does not answer: it hangs or dies.",
        command: "journalctl \(unit.manager)-u rd -n 50")
    }
    return Finding(
      .clientDaemon, section, .fail, error.message, cause: "Nothing can be examined beyond this until it runs.",
      command: Startup.startCommand(path: facts.path))
  }

  private static func unit(_ facts: ClientFacts, _ error: NodeError?) -> Finding? {
    guard let unit = facts.unit else { return nil }
    let details: [String: JSONValue] = [
      "installed": unit.isInstalled.json, "enabled": unit.isEnabled.json, "running": unit.isRunning.json,
    ]
    guard unit.isInstalled else {
      return Finding(
        .clientUnit, section, error == nil ? .skip : .warn, "rd is not installed as a service",
        cause: error.map { _ in "It runs only where somebody starts it." },
        command: error.map { _ in "r serve" }, details: details)
    }
    guard unit.isEnabled else {
      return Finding(
        .clientUnit, section, .warn, "rd is installed as a service, but does not start by itself",
        cause: "Neither rd.socket nor rd.service is enabled.",
        command: "systemctl \(unit.manager)enable --now rd.socket rd-peer.socket", details: details)
    }
    guard error == nil || error?.code == .notAllowed else {
      return Finding(
        .clientUnit, section, .fail, "rd is enabled as a service, and does not run",
        cause: "It was stopped or has failed: its state says which.",
        command: "systemctl \(unit.manager)status rd.socket rd",
        details: details)
    }
    return Finding(.clientUnit, section, .ok, "rd is enabled as a service", details: details)
  }

  private static func clock(_ facts: ClientFacts) -> Finding {
    let details: [String: JSONValue] = ["synchronized": facts.isClockSynchronized?.json ?? .null]
    switch facts.isClockSynchronized {
    case true: return Finding(.clientClock, section, .ok, "the clock is synchronised", details: details)
    case false:
      return Finding(
        .clientClock, section, .warn, "the clock is not synchronised",
        cause:
          "No time service keeps it right, so it drifts: times of requests and in the audit log mislead in the end.",
        command: "timedatectl", details: details)
    case nil:
      return Finding(
        .clientClock, section, .skip, "the kernel does not tell whether the clock is right", details: details)
    }
  }

  static func version(_ daemon: DaemonInfo.Result) -> Finding {
    let details: [String: JSONValue] = ["client": Software.version.json, "daemon": daemon.version.json]
    guard daemon.version != Software.version else {
      return Finding(.clientVersion, section, .ok, "r and rd are both \(daemon.version)", details: details)
    }
    return Finding(
      .clientVersion, section, .warn, "r is \(Software.version), rd is \(daemon.version)",
      cause: "One of them was updated and the other not, or rd was not started again since.", command: "r version",
      details: details)
  }

  /// The daemon does not know how to diagnose.
  static func tooOld() -> Finding {
    Finding(
      .clientVersion, section, .fail, "this rd is too old to examine itself",
      cause: "r was updated, and rd was not or still runs as it was.", command: "r version")
  }
}
