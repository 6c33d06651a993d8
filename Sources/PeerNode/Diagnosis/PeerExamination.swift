import LocalAPI
import PeerModel

/// Examines the way to one peer, step by step; a step that fails leaves out those that need it.
struct PeerExamination: Sendable {
  typealias Tell = @Sendable ([Finding]) async throws -> Void

  let parts: NodeParts
  let ground: Ground
  let timeout: Double
  let advice: Advice

  /// Round trips that are measured.
  static let roundTrips = 5

  /// Everything about one peer.
  func run(_ subject: Subject, _ tell: Tell) async throws {
    switch subject {
    case .unknown(let finding): try await tell([finding])
    case .peer(let peer):
      try await tell([
        Finding(
          .peerKnown, Section.peer(peer.name), .ok, "\(peer.name) is \(peer.id), \(peer.status.rawValue) here",
          details: ["peer_id": peer.id.json, "last_seen": peer.lastSeen?.json ?? .null]),
        TrustChecks.here(peer),
      ])
      let way = await way(to: parts.registry.addresses(of: peer.id), peer.name, peer.id)
      try await tell(way.findings.isEmpty ? [noAddress(peer)] : way.findings)
      try await tell(await relation(peer, way))
    case .address(let address):
      let name = "\(address)"
      try await tell([
        Finding(
          .peerKnown, Section.peer(name), .skip, "\(address) is not the address of a peer that is known here",
          details: ["address": name.json])
      ])
      let way = await way(to: [address], name, nil)
      try await tell(way.findings)
      if way.id != nil {
        try await tell([
          Finding(
            .peerHandshake, Section.peer(name), .skip, "no handshake: this would ask it for approval",
            command: "r peers add \(ShellText.quoted(name))")
        ])
      }
    }
  }

  /// One line for a peer with which all is well, else what is not.
  func brief(_ peer: Peer) async -> [Finding] {
    let way = await way(to: parts.registry.addresses(of: peer.id), peer.name, peer.id)
    let all =
      [TrustChecks.here(peer)] + (way.findings.isEmpty ? [noAddress(peer)] : way.findings)
      + (await relation(peer, way))
    let bad = all.filter { $0.status == .warn || $0.status == .fail }
    guard bad.isEmpty else { return bad }
    let address = way.address.map { " at \($0)" } ?? ""
    return [
      Finding(
        .peerKnown, Section.peer(peer.name), .ok,
        "\(peer.name) answers\(address); \(peer.trust) here, both ways are open",
        details: ["peer_id": peer.id.json])
    ]
  }

  private func noAddress(_ peer: Peer) -> Finding {
    Finding(
      .peerAddress, Section.peer(peer.name), .fail, "no address of \(peer.name) is known",
      cause: "It called from a place that it did not name, and is not seen over mDNS.", command: "r discover")
  }

  // MARK: The way there

  /// What was found on the way to a peer's door.
  struct Way: Sendable {
    var findings: [Finding] = []
    /// The address at which the right node answers.
    var address: PeerAddress?
    var id: PeerID?
    var info: IdentificationChecks.Info?
    var milliseconds: [Double] = []
    var isNear = false
  }

  private func way(to addresses: [PeerAddress], _ name: String, _ id: PeerID?) async -> Way {
    var way = Way(isNear: ground.isNear(addresses))
    let tried = Array(addresses.prefix(PeerExchange.maximumAddresses))
    let facts = await connections(tried, name)
    let answering = facts.filter { if case .connected = $0.outcome { true } else { false } }
    way.findings = facts.map { fact in
      var fact = fact
      fact.isSpare = !answering.isEmpty
      return AddressChecks.judge(fact)
    }
    for fact in answering {
      let report = await NodeProbe(address: fact.address, credentials: parts.exchange.credentials, timeout: timeout)
        .run(roundTrips: Self.roundTrips)
      var facts = IdentificationChecks.Facts(
        peer: name, expected: id, address: fact.address, answer: report.answer, own: parts.identity.id)
      if case .node(let found, _) = report.answer { facts.otherName = parts.registry.peer(found)?.name }
      let identity = IdentificationChecks.identity(facts)
      way.findings.append(identity)
      guard identity.status == .ok, case .node(let found, let info) = report.answer else { continue }
      (way.address, way.id, way.info, way.milliseconds) = (fact.address, found, info, report.milliseconds)
      way.findings += [
        IdentificationChecks.health(report.health, peer: name),
        IdentificationChecks.version(info, peer: name, at: fact.address),
        ClockChecks.judge(
          offset: info.clockOffset, lifetime: Int(parts.settings.current.p2p.tokenLifetime.components.seconds),
          peer: name, at: fact.address),
        ServiceChecks.latency(report.milliseconds, of: Self.roundTrips, peer: name, at: fact.address),
      ]
      break
    }
    return way
  }

  /// All addresses at one time, in their order.
  private func connections(_ addresses: [PeerAddress], _ name: String) async -> [AddressChecks.Facts] {
    await withTaskGroup(of: (Int, AddressChecks.Facts).self) { group in
      for (index, address) in addresses.enumerated() {
        group.addTask {
          var facts = AddressChecks.Facts(
            peer: name, address: address, outcome: await ConnectionProbe.connect(address, timeout: timeout),
            timeout: timeout)
          if facts.outcome == .timedOut || facts.outcome == .unreachable {
            facts.evidence = await ConnectionProbe.evidence(
              address.host, isNear: ground.isNear([address]), timeout: timeout)
          }
          return (index, facts)
        }
      }
      var found: [(Int, AddressChecks.Facts)] = []
      for await one in group { found.append(one) }
      return found.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  // MARK: What the two are to each other

  private func relation(_ peer: Peer, _ way: Way) async -> [Finding] {
    let own = parts.identity.id
    let handshake = await handshake(peer, way)
    var reflection: Reflection?
    var skills: [SkillDescription]?
    var skillsError: NodeError?
    if case .authenticated(let level) = handshake {
      reflection = try? await parts.exchange.reflection(of: peer.id)
      if level >= .trusted {
        do { skills = try await parts.exchange.refreshOffer(of: peer.id).skills } catch {
          skillsError = error as? NodeError ?? .internal
        }
      }
    }
    let p2p = parts.settings.current.p2p
    let visibility = VisibilityChecks.Facts(
      peer: peer.name, address: way.address ?? parts.registry.addresses(of: peer.id).first, isNear: way.isNear,
      here: DiscoveryProbe.state(ground.observation, of: peer.id, p2p), there: reflection?.discovery)
    let hidden = await parts.skills.all().map(\.name).filter { !p2p.exposes($0) }
    return [
      TrustChecks.handshake(handshake, peer: peer.name),
      TrustChecks.there(handshake, peer: peer.name, own: own),
      VisibilityChecks.sighting(visibility), VisibilityChecks.visibility(visibility),
      ServiceChecks.timeout(
        here: Int(p2p.taskTimeout.components.seconds), there: reflection?.taskTimeout,
        last: parts.registry.presence(of: peer.id).lastTimeout, median: way.milliseconds.sorted().middle,
        peer: peer.name, now: Clock.now, advice),
      ServiceChecks.skills(skills, error: skillsError, hidden: hidden, peer: peer.name, peer.id),
    ]
  }

  private func handshake(_ peer: Peer, _ way: Way) async -> TrustChecks.Handshake {
    guard peer.status != .rejected, peer.status != .blocked else { return .notTried("you have refused \(peer.name)") }
    guard let address = way.address else { return .notTried("\(peer.name) is not reached") }
    if let version = way.info?.protocolVersion, version.major != ProtocolVersion.current.major {
      return .notTried("the versions do not fit")
    }
    do {
      let report = try await parts.exchange.introduce([address], expecting: peer.id)
      switch report.outcome {
      case .authenticated(let grant): return .authenticated(grant.trust)
      case .pending: return .pending
      case .refused(let error): return .refused(error)
      }
    } catch { return .failed(error as? NodeError ?? .internal) }
  }
}

extension [Double] {
  /// The middle one of sorted numbers; nil when there is none.
  fileprivate var middle: Double? { isEmpty ? nil : self[count / 2] }
}
