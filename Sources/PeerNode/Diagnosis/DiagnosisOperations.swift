import Glibc
import LocalAPI
import PeerModel

/// Diagnosis, and what it asks of other nodes.
extension NodeParts {
  var diagnosisOperations: [Operation] {
    [
      Operation(DiagnoseNode.self, .administer) { parameters, context in
        let examination = Examination(parts: self, timeout: parameters.timeout, advice: advice) { finding in
          try await context.progress(["check": finding.json])
        }
        try await examination.run(about: parameters.peer)
        return Diagnosis(checks: await examination.findings)
      },
      Operation(Reflect.self, .reflect, .get("/v1/p2p/reflection"), audience: .peers, audit: .look) { _, context in
        guard case .peer(let id, let trust) = context.caller else {
          throw NodeError(.unauthenticated, "a peer's token is needed")
        }
        return await reflection(of: id, trust, from: context.address ?? "")
      },
    ]
  }

  private func reflection(of id: PeerID, _ trust: TrustLevel, from address: String) async -> Reflection {
    let p2p = settings.current.p2p
    let observation = await DiscoveryProbe(discovery: discovery, settings: settings).observe()
    return Reflection(
      id: id, address: address, trust: trust, name: settings.name, version: Software.version,
      protocolVersion: ProtocolVersion.current.description, time: Clock.preciseNow,
      taskTimeout: Int(p2p.taskTimeout.components.seconds),
      discovery: DiscoveryProbe.state(observation, of: id, p2p))
  }

  /// systemd tells a service its process id, and gives the machine's one a state folder (systemd.exec(5)).
  private var advice: Advice {
    let isService = getenv("SYSTEMD_EXEC_PID").map { String(cString: $0) } == "\(getpid())"
    let unit = getenv("STATE_DIRECTORY") == nil ? Advice.Start.userUnit : .systemUnit
    return Advice(
      start: isService ? unit : .foreground(pid: Int(getpid())), configurationPath: configurationPath)
  }
}
