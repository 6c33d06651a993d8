import LocalAPI
import Logging
import MulticastDNS
package import PeerModel
import ServiceLifecycle
import Synchronization

/// Finds nodes on the local network and introduces this one to them. A sighting creates nothing above `discovered`; it is
/// the introduction, signed with the node's key, that makes this node `pending` on the other side.
package final class Discovery: Service {
  /// The DNS-SD service type (RFC 6763, section 7).
  package static let serviceType = "_r-cli._tcp"

  private struct State {
    var network: MulticastDNS?
    var interfaces: [String] = []
    var failure: String?
    /// What discovery sees now: the node that each instance name stands for, and where.
    var instances: [String: Sighting] = [:]
    var introducing: Set<PeerID> = []
  }

  private struct Sighting {
    var id: PeerID
    var addresses: [PeerAddress]
  }
  /// Addresses of one instance that count, so that one that claims many leaves room for the true ones.
  private static let addressesPerInstance = 3

  let identity: Identity
  let settings: Settings
  let registry: Registry
  let exchange: PeerExchange
  private let logger = Logger(label: "Discovery")
  private let state = Mutex(State())
  private let introductions: AsyncStream<Introduction>
  private let introduce: AsyncStream<Introduction>.Continuation
  private let sightings = Announcements()

  package init(identity: Identity, settings: Settings, registry: Registry, exchange: PeerExchange) {
    self.identity = identity
    self.settings = settings
    self.registry = registry
    self.exchange = exchange
    (introductions, introduce) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(256))
  }

  /// Interfaces on which the node is announced and searches now.
  package var interfaces: [String] { state.withLock(\.interfaces) }

  /// The engine, for diagnosis; nil when it does not run.
  var engine: MulticastDNS? { state.withLock(\.network) }
  /// Why it does not run.
  var failure: String? { state.withLock(\.failure) }

  /// What keeps discovery from working.
  package var warnings: [String] {
    (state.withLock(\.failure).map { ["mDNS does not work: \($0)"] } ?? []) + doubles
  }

  /// Peers that two machines announce at once: under two names, with no address in common.
  private var doubles: [String] {
    let instances = state.withLock { $0.instances }
    let byPeer = Dictionary(grouping: instances.sorted { $0.key < $1.key }.map(\.value), by: \.id)
    return byPeer.sorted { $0.key < $1.key }.compactMap { id, sightings in
      guard let first = sightings.first,
        let other = sightings.dropFirst().first(where: { sighting in
          Set(sighting.addresses.map(\.host)).isDisjoint(with: first.addresses.map(\.host))
        }), let one = first.addresses.first, let two = other.addresses.first
      else { return nil }
      return "two machines announce themselves as \(id.short), at \(one) and at \(two): one of them has a copy of the "
        + "other's state folder, or only pretends; see which one answers: r peers show \(id.short)"
    }
  }

  /// An introduction that is to be made.
  private struct Introduction {
    var id: PeerID
    /// Ask the peer to introduce itself in turn.
    var knocks = false
    /// Pauses before the attempts, seconds: a node that has just appeared may not listen yet.
    var pauses = [0, 2, 10]
  }

  /// Introduces this node to a peer soon, in the background.
  /// - Parameter knocks: something about the peer has changed here, which it learns by introducing itself in turn.
  package func introduceSoon(_ id: PeerID, knocks: Bool = false) {
    introduce.yield(Introduction(id: id, knocks: knocks))
  }

  /// The same with one attempt, for whoever tries again in its own time.
  package func introduceOnceSoon(_ id: PeerID) { introduce.yield(Introduction(id: id, pauses: [0])) }

  package func run() async throws {
    await cancelWhenGracefulShutdown { [self] in
      await withDiscardingTaskGroup { group in
        group.addTask { await self.introduceAll() }
        group.addTask { await self.watch() }
      }
    }
  }

  // MARK: Seeing

  /// Takes up changed settings: what is announced, and where.
  package func reconfigure() async {
    guard let network = state.withLock(\.network) else { return }
    await network.stop()
  }

  /// One round for each configuration: stopping the network, which says goodbye, ends a round.
  private func watch() async {
    while !Task.isCancelled, await watchOnce() {}
  }

  /// - Returns: false when there is nothing to watch.
  private func watchOnce() async -> Bool {
    let p2p = settings.current.p2p
    let network: MulticastDNS
    do {
      network = try MulticastDNS(
        hostLabel: "rd-\(identity.id.letters.prefix(8))", interfaces: InterfaceFilter(allowed: p2p.interfaces))
      if p2p.advertiseMDNS, settings.advertisedPort > 0 { try network.advertise(try advertisement()) }
      if p2p.autoDiscover { try network.browse(type: Self.serviceType) }
    } catch {
      state.withLock { $0.failure = "\(error)" }
      logger.warning("mDNS does not work, peers must be added by address", metadata: ["error": "\(error)"])
      return false
    }
    state.withLock { ($0.network, $0.failure) = (network, nil) }
    for await event in network.events { await receive(event) }
    state.withLock { $0.network = nil }
    await network.stop()
    return true
  }

  private func advertisement() throws -> Advertisement {
    let txt = try TXTRecord([
      (key: "txtvers", value: "1"), (key: "peer_id", value: identity.id.description),
      (key: "name", value: settings.name), (key: "version", value: Software.version),
      (key: "proto", value: ProtocolVersion.current.description),
      (key: "fp", value: String(identity.publicKey.fingerprint.filter { $0 != ":" })),
    ])
    return Advertisement(
      instanceName: settings.name, type: Self.serviceType, port: UInt16(settings.advertisedPort), txt: txt)
  }

  private func receive(_ event: DiscoveryEvent) async {
    switch event {
    case .interfacesChanged(let names):
      state.withLock { $0.interfaces = names }
      await exchange.leaveNetwork()
      registry.tell(.networkChanged)
    case .renamed(let from, let to):
      logger.warning(
        "another node on the network has this name; announced under another one, the identity is the same",
        metadata: ["name": "\(from)", "announced": "\(to)"])
    case .advertised(let name):
      logger.info("announced on the local network", metadata: ["name": "\(name)"])
    case .found(let instance):
      do { try await found(instance) } catch {
        logger.error("a sighting could not be recorded", metadata: ["error": "\(error)"])
      }
    case .lost(let name): lost(name)
    }
  }

  private func found(_ instance: ServiceInstance) async throws {
    guard let id = instance.txt.string("peer_id").flatMap({ PeerID($0) }) else { return }
    try await found(
      instance.name, id: id, name: instance.txt.string("name") ?? instance.displayName,
      version: instance.txt.string("version"),
      at: instance.addresses.map { PeerAddress(host: "\($0)", port: Int(instance.port)) })
  }

  /// - Parameters:
  ///   - instance: the name of the announcement.
  ///   - claimed: what the node calls itself.
  func found(
    _ instance: String, id: PeerID, name claimed: String, version: String?, at addresses: [PeerAddress]
  ) async throws {
    guard id != identity.id else { return foundSelf(instance, at: addresses) }
    guard let name = try? PeerName.check(claimed) else { return }
    let addresses = addresses.filter { !$0.host.hasPrefix("127.") && $0.host != "::1" }
    guard !addresses.isEmpty else { return }
    let sighting = Sighting(id: id, addresses: Array(addresses.prefix(Self.addressesPerInstance)))
    let isNewHere = state.withLock { $0.instances.updateValue(sighting, forKey: instance)?.id != id }
    let before = registry.presence(of: id).sighted
    let isMoved = noteSightings(of: id) != before
    try await registry.sighted(
      id, name: name, at: addresses, version: version.map { String($0.prefix(32)) })
    if isNewHere || isMoved { introduceSoon(id) }
    sightings.announce(id)
  }

  /// This node's identity in an announcement: its own, or that of a copy of its state folder.
  private func foundSelf(_ instance: String, at addresses: [PeerAddress]) {
    let own = LocalAddresses.all
    let elsewhere = addresses.first { address in
      !own.contains(String(address.host.prefix { $0 != "%" })) || address.port != settings.advertisedPort
    }
    guard let elsewhere else { return }
    registry.clones.announced(instance, at: elsewhere)
    logger.warning("mDNS announces this node's identity in another place", metadata: ["address": "\(elsewhere)"])
  }

  /// Gathers what all instances say of one node: the first address of each, then the second of each, and so on.
  @discardableResult
  private func noteSightings(of id: PeerID) -> [PeerAddress] {
    let sightings = state.withLock { state in
      state.instances.filter { $0.value.id == id }.sorted { $0.key < $1.key }.map(\.value.addresses)
    }
    let addresses = (0..<Self.addressesPerInstance).flatMap { index in
      sightings.compactMap { index < $0.count ? $0[index] : nil }
    }
    registry.note(id) { $0.sighted = addresses }
    return addresses
  }

  func lost(_ name: String) {
    registry.clones.announced(name, at: nil)
    guard let id = state.withLock({ $0.instances.removeValue(forKey: name)?.id }) else { return }
    guard noteSightings(of: id).isEmpty else { return }
    registry.publish(.peerLost, id)
    // A vanished record is no proof: asking the peer is.
    introduceSoon(id)
  }

  // MARK: Introducing

  private func introduceAll() async {
    await withDiscardingTaskGroup { group in
      for await introduction in introductions {
        let id = introduction.id
        // However often it is announced, one node is called once at a time. What is decided here it must hear.
        guard introduction.knocks || state.withLock({ $0.introducing.insert(id).inserted }) else { continue }
        group.addTask {
          await self.attempt(introduction)
          if !introduction.knocks { self.state.withLock { _ = $0.introducing.remove(id) } }
        }
      }
    }
  }

  private func attempt(_ introduction: Introduction) async {
    for pause in introduction.pauses {
      guard (try? await Task.sleep(for: .seconds(pause))) != nil else { return }
      let id = registry.current(introduction.id)
      switch registry.standing(of: id)?.status {
      case nil, .rejected, .blocked: return
      case .discovered, .pending, .approved: break
      }
      do {
        let report = try await exchange.introduce(
          registry.addresses(of: id), expecting: id, knocks: introduction.knocks)
        // Another one when the peer has changed its key.
        let id = report.key.id
        registry.noteExchange(id, latency: report.latency, isWithHandshake: true)
        try await registry.sighted(
          id, name: report.name ?? id.short, at: [report.address], key: report.key)
        return
      } catch let error as NodeError {
        logger.debug("introduction failed", metadata: ["peer_id": "\(id)", "error": "\(error)"])
        if error.code == .peerUnreachable {
          registry.noteFailure(id)
          if let name = state.withLock({ $0.instances.first { $0.value.id == id }?.key }) {
            state.withLock(\.network)?.reconfirm(name)
          }
        }
      } catch { return }
    }
  }

  // MARK: Searching

  /// Asks the network who is there and listens until the timeout, the first answer, or the one that is wanted.
  func discover(
    _ parameters: DiscoverPeers.Parameters, progress: @escaping @Sendable (JSONValue) async throws -> Void
  ) async throws -> DiscoverPeers.Result {
    try settings.current.p2p.checkEnabled()
    guard let network = state.withLock(\.network) else {
      throw NodeError(
        .conflict, "mDNS does not work here\(state.withLock(\.failure).map { ": \($0)" } ?? "")",
        hint: "add peers by address: r peers add HOST")
    }
    let seen = sightings.subscribe()
    try network.browse(type: Self.serviceType)
    network.scan()
    var found: [PeerID] = []
    // What the browser knows is asked again by the scan; it is part of the answer as it is.
    for instance in await network.snapshot() { try await self.found(instance) }
    let ids = ContinuousDeadline.sequence(seen, for: .milliseconds(Int(parameters.timeout * 1000)))
    for await id in ids {
      guard !found.contains(id), let peer = registry.peer(id) else { continue }
      found.append(id)
      try await progress(peer.json)
      if parameters.first { break }
      if let only = parameters.only, isCalled(peer, only) { break }
    }
    let peers = found.compactMap { registry.peer($0) }.filter { peer in
      parameters.only.map { isCalled(peer, $0) } ?? true
    }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    return DiscoverPeers.Result(peers: peers)
  }

  private func isCalled(_ peer: Peer, _ word: String) -> Bool {
    peer.name == word || (try? registry.resolve(word)) == peer.id
  }
}
