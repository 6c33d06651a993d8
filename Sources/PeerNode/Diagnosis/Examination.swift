import LocalAPI
import MulticastDNS
import PeerModel

/// One run of a diagnosis: collects facts, has them judged, and tells each finding as soon as it is there.
actor Examination {
  /// Peers that are examined at one time.
  static let width = 8

  let parts: NodeParts
  /// The longest wait for one step over the network, seconds.
  let timeout: Double
  let advice: Advice
  private let report: @Sendable (Finding) async throws -> Void
  private(set) var findings: [Finding] = []

  init(
    parts: NodeParts, timeout: Double, advice: Advice, report: @escaping @Sendable (Finding) async throws -> Void
  ) {
    self.parts = parts
    self.timeout = timeout
    self.advice = advice
    self.report = report
  }

  func add(_ new: [Finding]) async throws {
    for finding in new {
      findings.append(finding)
      try await report(finding)
    }
  }

  /// - Parameter word: a peer or an address; nil for this node and all its peers.
  /// - Throws: ``NodeError`` `ambiguous`.
  func run(about word: String?) async throws {
    guard let word else {
      try await examineNode()
      return
    }
    let subject = try Subject(word, parts.registry)
    guard parts.settings.current.p2p.enabled else {
      try await add(ConfigurationChecks.judge(parts.settings.current.p2p, skills: [], advice))
      return
    }
    switch subject {
    case .unknown(let finding): try await add([finding])
    case .peer, .address:
      let ground = await Ground(parts)
      let peer = PeerExamination(parts: parts, ground: ground, timeout: timeout, advice: advice)
      try await peer.run(subject) { try await self.add($0) }
    }
  }

  private func examineNode() async throws {
    let folder = parts.stateDirectory
    let p2p = parts.settings.current.p2p
    try await add(
      IdentityChecks.judge(
        IdentityProbe.facts(folder: folder, running: parts.identity), running: parts.identity.id, advice))
    try await add([ClockChecks.judge(now: Clock.now, identityMade: IdentityProbe.made(folder: folder))])
    if p2p.enabled, parts.settings.advertisedPort > 0 { try await add(ListenerChecks.judge(await listener(), advice)) }
    try await add(ConfigurationChecks.judge(p2p, skills: await parts.skills.all().map(\.name), advice))
    guard p2p.enabled else { return }
    let ground = await Ground(parts)
    try await add(NetworkChecks.interfaces(ground.interfaces))
    try await add(multicast(ground))
    try await examinePeers(ground)
  }

  private func listener() async -> ListenerChecks.Facts {
    let port = parts.settings.advertisedPort
    let bound = SocketProbe.listening(on: port)
    let isOpen = bound.isEmpty || bound.contains { $0 == "::" || $0 == "0.0.0.0" || $0.hasPrefix("127.") }
    let host = isOpen ? "127.0.0.1" : bound[0]
    let address = PeerAddress(host: host, port: port)
    let answer: ListenerChecks.Answer =
      switch await ConnectionProbe.connect(address, timeout: timeout) {
      case .connected:
        switch await NodeProbe(address: address, credentials: parts.exchange.credentials, timeout: timeout).run(
          roundTrips: 0
        ).answer {
        case .node(parts.identity.id, _): .own
        case .node(let id, _), .noNode(let id): .other(id)
        case .noTLS: .other(nil)
        case .silent: .none("the connection is taken, and nothing comes")
        }
      case .refused: .none("the connection is refused")
      default: .none("no connection within \(SpanText.seconds(timeout))")
      }
    return ListenerChecks.Facts(port: port, bound: bound, answer: answer)
  }

  private func multicast(_ ground: Ground) -> [Finding] {
    let own = parts.identity.id
    var facts = MulticastChecks.Facts(
      isRunning: ground.observation.isRunning, failure: ground.observation.failure,
      holders: SocketProbe.multicastHolders(), traffic: ground.observation.traffic)
    let fresh = Set(ground.observation.sightings.filter { $0.age <= VisibilityChecks.freshness }.map(\.id))
    for peer in parts.registry.all() where ground.isNear(parts.registry.addresses(of: peer.id)) {
      let known = MulticastChecks.Known(name: peer.name, id: peer.id)
      if fresh.contains(peer.id) {
        facts.heard.append(known)
      } else if peer.status == .approved {
        facts.expected.append(known)
      }
    }
    facts.doubles = ground.observation.sightings.filter { $0.id == own }.flatMap { $0.addresses.map(\.description) }
    let port = MulticastChecks.port(facts, advice)
    guard facts.isRunning else { return [port] }
    var findings = [port]
    if let interfaces = ground.interfaces, interfaces.contains(where: { $0.exclusion == nil }) {
      findings.append(NetworkChecks.membership(interfaces, SocketProbe.memberships(), advice))
    }
    guard parts.settings.current.p2p.autoDiscover else { return findings }
    return findings + [MulticastChecks.echo(facts), MulticastChecks.heard(facts), MulticastChecks.identity(facts, own)]
  }

  /// All peers side by side, each told in one piece.
  private func examinePeers(_ ground: Ground) async throws {
    let known = parts.registry.all().filter { $0.status != .rejected && $0.status != .blocked }
    let peer = PeerExamination(parts: parts, ground: ground, timeout: timeout, advice: advice)
    try await withThrowingTaskGroup(of: [Finding].self) { group in
      var waiting = known[...]
      func next(_ group: inout ThrowingTaskGroup<[Finding], any Error>) {
        guard let one = waiting.popFirst() else { return }
        group.addTask { await peer.brief(one) }
      }
      for _ in 0..<Self.width { next(&group) }
      for try await found in group {
        try await add(found)
        next(&group)
      }
    }
  }
}

/// What a diagnosis is about.
enum Subject {
  case peer(Peer)
  case address(PeerAddress)
  /// The word is neither.
  case unknown(Finding)

  /// - Throws: ``NodeError`` `ambiguous`.
  init(_ word: String, _ registry: Registry) throws {
    do {
      guard let peer = registry.peer(try registry.resolve(word)) else { throw NodeError(.peerNotFound, "gone") }
      self = .peer(peer)
    } catch let error as NodeError where error.code == .peerNotFound {
      let usualPort = AddPeer.Parameters.defaultPort
      guard let address = AddressText.address(word, usualPort: usualPort) else {
        let isID = PeerID(word) != nil
        self = .unknown(
          Finding(
            .peerKnown, Section.peer(word), .fail, error.message,
            cause:
              "No node of this \(isID ? "id" : "name or id") was ever seen or added here. It may be off, on another "
              + "network, or not announced: then add it by address, r peers add HOST."
              + (isID ? "" : " If the word is a host name: r doctor \(ShellText.quoted("\(word):\(usualPort)"))."),
            command: "r discover"))
        return
      }
      let owner = registry.all().first { registry.addresses(of: $0.id).contains(address) }
      self = owner.map { .peer($0) } ?? .address(address)
    }
  }
}

/// What all checks of one run stand on: the interfaces, and what the network said when it was asked.
struct Ground: Sendable {
  var interfaces: [InterfaceReport]?
  var observation: DiscoveryProbe.Observation

  init(_ parts: NodeParts) async {
    interfaces = MulticastDNS.survey(InterfaceFilter(allowed: parts.settings.current.p2p.interfaces))
    observation = await DiscoveryProbe(discovery: parts.discovery, settings: parts.settings).observe()
  }

  /// Whether any of the addresses is on a network of this machine.
  func isNear(_ addresses: [PeerAddress]) -> Bool {
    addresses.contains { address in
      interfaces?.contains { $0.exclusion == nil && $0.isNeighbor(address.host) } ?? false
    }
  }
}
