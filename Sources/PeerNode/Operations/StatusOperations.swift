import Glibc
import LocalAPI
import PeerModel

/// What this node says of itself.
extension NodeParts {
  var statusOperations: [Operation] {
    [
      Operation(NodeStatus.self, .view, .get("/v1/p2p/status")) { _, context in await status(context.caller) },
      Operation(DaemonInfo.self, .view) { _, _ in
        DaemonInfo.Result(
          version: Software.version, protocolVersion: ProtocolVersion.current.description, processID: Int(getpid()),
          name: settings.name, id: identity.id)
      },
      // Not for readers: it may say what programs are started with.
      Operation(ShowConfiguration.self, .ownerOnly, audit: .look) { _, _ in settings.current.json },
    ]
  }

  private func status(_ caller: Caller) async -> NodeStatus.Result {
    let peers = registry.all()
    let p2p = settings.current.p2p
    let port = settings.advertisedPort
    return NodeStatus.Result(
      name: settings.name, id: identity.id, fingerprint: identity.publicKey.fingerprint, version: Software.version,
      protocolVersion: ProtocolVersion.current.description, enabled: p2p.enabled,
      listenHost: port == 0 ? nil : p2p.listenHost.isEmpty ? "::" : p2p.listenHost,
      listenPort: port == 0 ? nil : port, interfaces: discovery.interfaces,
      counts: Dictionary(grouping: peers, by: \.status.rawValue).mapValues(\.count),
      online: peers.filter(\.online).count, skills: await skills.availableNames(),
      uptime: Clock.steady - started, warnings: warnings(p2p), role: caller.role)
  }

  private func warnings(_ p2p: Configuration.P2P) -> [String] {
    var warnings = discovery.warnings + registry.clones.warnings
    if !skills.library.warnings.isEmpty {
      // Which ones is for the local socket: they name paths.
      warnings.append("some manifests of skills are not used, or not all of them; r skills shows why")
    }
    if mcp.statuses.contains(where: { $0.phase == .waiting }) {
      warnings.append("some MCP servers do not run; r mcp shows why")
    }
    if !p2p.requireApproval {
      warnings.append(
        "p2p.require_approval is false: every node that asks gets trust level \(p2p.defaultTrust) without your approval"
      )
    }
    let readers = settings.current.local.readers
    if !readers.isEmpty, LocalGroup.number(of: readers) == nil {
      warnings.append("local.readers is \(readers), and this machine has no such group: nobody may look")
    }
    return warnings
  }
}
