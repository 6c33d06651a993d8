import AsyncHTTPClient
import Logging
import NIOCore
package import PeerModel
import Synchronization

/// Calls other nodes: finds a working address, authenticates, keeps the session, sends requests.
package actor PeerExchange {
  /// How long all addresses of a peer together may take to answer.
  package static let reachTimeout = Duration.milliseconds(2500)
  /// Head start of one address before the next is tried beside it (RFC 8305, section 5).
  static let stagger = Duration.milliseconds(200)
  /// Addresses that are tried.
  static let maximumAddresses = 8

  struct Session: Sendable {
    /// Who it is with: what the peer is called now.
    var peer: PeerID
    var client: PinnedClient
    var token: String
    /// Steady seconds.
    var expires: Int
    /// Where the peer was thought to be; its connections lead there.
    var whereabouts: Set<PeerAddress>
  }

  let identity: Identity
  let credentials: TLSCredentials
  let registry: Registry
  let settings: Settings
  let audit: AuditLog
  let logger: Logger
  package nonisolated let pins: ToolPins
  private var sessions: [PeerID: Session] = [:]
  private var opening: [PeerID: Task<Session, any Error>] = [:]

  /// Ids of the calls that run now, by peer.
  var running: [PeerID: Set<String>] = [:]
  /// Steady seconds when a peer's list was, or will be, asked for without anybody waiting for it.
  var refreshed: [PeerID: Int] = [:]
  /// The node ends: no session is opened any more.
  private(set) var isClosed = false

  package init(
    identity: Identity, credentials: TLSCredentials, registry: Registry, settings: Settings, audit: AuditLog
  ) {
    self.audit = audit
    self.identity = identity
    self.credentials = credentials
    self.registry = registry
    self.settings = settings
    pins = ToolPins(store: registry.store)
    logger = Logger(label: "Exchange")
  }

  /// A session with an approved peer: the one that is open, or a new handshake.
  /// - Throws: ``NodeError`` `not_approved`, `peer_unreachable`, `unauthenticated`.
  func session(with anyID: PeerID) async throws -> Session {
    let id = registry.current(anyID)
    try checkNotRefused(id)
    if let session = sessions[id], session.expires > Clock.steady,
      session.whereabouts == registry.whereabouts(of: id)
    {
      return session
    }
    if let running = opening[id] { return try await running.value }
    // Not a child task: several callers share the one handshake, and one of them giving up must not end it.
    let task = Task { try await open(id) }
    opening[id] = task
    defer { opening[id] = nil }
    let session = try await task.value
    guard !isClosed else {
      await session.client.shutdown()
      throw NodeError(.cancelled, "the node ends")
    }
    let old = sessions.updateValue(session, forKey: session.peer)
    if let old, old.client !== session.client { old.client.retire() }
    return session
  }

  /// Drops a session whose token or connection no longer works.
  func forget(_ session: Session) {
    guard sessions[session.peer]?.token == session.token else { return }
    sessions[session.peer] = nil
    session.client.retire()
  }

  /// Ends all sessions without hurry: their connections come from an address that may not be this machine's any more.
  func leaveNetwork() {
    for session in sessions.values { session.client.retire() }
    sessions = [:]
  }

  package func closeAll() async {
    isClosed = true
    let open = sessions.values
    sessions = [:]
    for session in open { await session.client.shutdown() }
  }

  private func checkNotRefused(_ id: PeerID) throws(NodeError) {
    switch registry.standing(of: id)?.status {
    case .rejected, .blocked:
      throw NodeError(
        .notApproved, "you have refused this peer yourself", hint: "r remove \(id.short), then approve it anew")
    default: return
    }
  }

  private func open(_ wanted: PeerID) async throws -> Session {
    let (contact, latency) = try await reach(wanted)
    // Another one when the peer has changed its key.
    let id = contact.server.key.id
    let name = registry.peer(id)?.name ?? id.short
    logger.debug(
      "reached a peer",
      metadata: ["peer_id": "\(id)", "address": "\(contact.client.address)", "latency": "\(latency)"])
    noteOutcome(contact.outcome, by: id)
    await noteAddress(of: contact, id)
    registry.noteExchange(id, latency: latency, isWithHandshake: true)
    note(contact.remark, of: id)
    switch contact.outcome {
    case .authenticated(let grant):
      return Session(
        peer: id, client: contact.client, token: grant.token, expires: Clock.steady + max(1, grant.expiresIn - 10),
        whereabouts: registry.whereabouts(of: id))
    case .pending:
      await contact.client.shutdown()
      throw notYet(name)
    case .refused(let error):
      await contact.client.shutdown()
      throw error.code == .notApproved
        ? NodeError(
          .notApproved, "\(name) has refused this node",
          hint: "ask its owner to run: r approve \(identity.id.short) --trust trusted") : error
    }
  }

  private func notYet(_ name: String) -> NodeError {
    NodeError(
      .notApproved, "\(name) has not approved this node yet; the request waits there",
      hint: "on \(name), run: r approve \(identity.id.short) --trust trusted")
  }

  /// Introduces this node at an address, without using what comes of it for a session.
  /// - Returns: who answered, and where we stand there.
  /// - Throws: ``NodeError`` `peer_unreachable` and what the other end refuses with.
  package func introduce(
    _ addresses: [PeerAddress], expecting id: PeerID?, knocks: Bool = false
  ) async throws -> Contact.Report {
    let (contact, latency) = try await reach(addresses, expecting: id, knocks: knocks)
    await contact.client.shutdown()
    noteOutcome(contact.outcome, by: contact.server.key.id)
    await noteAddress(of: contact, contact.server.key.id)
    note(contact.remark, of: contact.server.key.id)
    return Contact.Report(
      key: contact.server.key, name: contact.name, address: contact.client.address, latency: latency,
      outcome: contact.outcome, isSelf: contact.isSelf)
  }

  private func reach(_ id: PeerID) async throws -> (Contact, Duration) {
    do { return try await reach(registry.addresses(of: id), expecting: id) } catch let error as NodeError {
      if error.code == .peerUnreachable || error.code == .timedOut { registry.noteFailure(id) }
      throw error
    }
  }

  /// Tries the addresses, each a little after the one before, and takes the first that answers as the expected node.
  private func reach(
    _ addresses: [PeerAddress], expecting id: PeerID?, knocks: Bool = false
  ) async throws -> (Contact, Duration) {
    guard !addresses.isEmpty else {
      throw NodeError(.peerUnreachable, "no address of this peer is known", hint: "r discover")
    }
    let own = introducer(knocks: knocks)
    let started = ContinuousClock.now
    let outcome = await withTaskGroup(of: Result<Contact, NodeError>?.self) { group in
      let tried = addresses.prefix(Self.maximumAddresses)
      for (index, address) in tried.enumerated() {
        group.addTask {
          guard (try? await Task.sleep(for: Self.stagger * index)) != nil else { return nil }
          return await own.contact(address, expecting: id)
        }
      }
      group.addTask {
        try? await Task.sleep(for: Self.reachTimeout)
        return nil
      }
      return await Self.firstContact(group: &group, of: tried.count, otherwise: Self.unreachable(addresses))
    }
    let contact = try outcome.get()
    return (contact, ContinuousClock.now - started)
  }

  /// The first contact that comes, or the most telling failure when all have failed or the time is up (nil). What comes
  /// after that is closed: a client that nobody holds must not stay open.
  private static func firstContact(
    group: inout TaskGroup<Result<Contact, NodeError>?>, of count: Int, otherwise unreachable: NodeError
  ) async -> Result<Contact, NodeError> {
    var outcome: Result<Contact, NodeError>?
    var failures: [NodeError] = []
    for await attempt in group {
      guard outcome == nil else {
        if case .success(let spare)? = attempt { await spare.client.shutdown() }
        continue
      }
      switch attempt {
      case .success(let contact)?: outcome = .success(contact)
      case .failure(let error)?:
        failures.append(error)
        guard failures.count == count else { continue }
        outcome = .failure(failures.first { $0.code != .peerUnreachable } ?? unreachable)
      case nil: outcome = .failure(failures.first { $0.code != .peerUnreachable } ?? unreachable)
      }
      group.cancelAll()
    }
    return outcome ?? .failure(unreachable)
  }

  func introducer(knocks: Bool = false) -> Introducer {
    Introducer(
      identity: identity, credentials: credentials, registry: registry, name: settings.name,
      port: settings.advertisedPort, knocks: knocks)
  }

  private static func unreachable(_ addresses: [PeerAddress]) -> NodeError {
    NodeError(
      .peerUnreachable, "nobody answers at \(addresses.prefix(3).map(\.description).joined(separator: ", "))",
      hint: "check that it is on and that rd runs there: curl -k https://\(addresses[0])/health")
  }
}

extension PeerExchange {
  /// What the peer lets this node do, asked now where it is not known; nil when it does not say.
  func grantedTrust(by id: PeerID) async throws -> TrustLevel? {
    let peer = try await session(with: id).peer
    return registry.presence(of: peer).grantedTrust
  }

  /// Keeps the address at which a peer was reached; being told so is no reason to fail.
  private func noteAddress(of contact: Contact, _ id: PeerID) async {
    do { try await registry.proved(id, at: contact.client.address) } catch {
      logger.error("an address could not be kept", metadata: ["peer_id": "\(id)", "error": "\(error)"])
    }
  }

  /// Notes where this node stands with a peer, as the peer has just said.
  private func noteOutcome(_ outcome: Contact.Outcome, by id: PeerID) {
    switch outcome {
    case .authenticated(let grant): noteGrant(grant, by: id)
    case .pending: registry.note(id) { ($0.grantedTrust, $0.isWaiting) = (nil, true) }
    case .refused(let error) where error.code == .notApproved:
      registry.note(id) { ($0.grantedTrust, $0.isWaiting) = (nil, false) }
    case .refused: break
    }
  }

  /// Notes what a peer grants, and tells who watches when that is new.
  private func noteGrant(_ grant: HandshakeClient.Grant, by id: PeerID) {
    let before = registry.presence(of: id)
    registry.note(id) { ($0.grantedTrust, $0.isWaiting) = (grant.trust, false) }
    guard before.grantedTrust != grant.trust else { return }
    if before.isWaiting {
      logger.notice("a peer has approved this node", metadata: ["peer_id": "\(id)", "trust": "\(grant.trust)"])
    }
    registry.publish(.approvedByPeer, id, detail: grant.trust.name)
  }
}
