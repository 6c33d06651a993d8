import FoundationEssentials
import GRDB
package import PeerModel

/// What peers and discovery may change: nothing above `pending`.
extension Registry {
  /// A node was seen, or answered at an address that the owner gave.
  /// - Parameter given: the name that the owner gave with the address.
  /// - Returns: whether it was not known before.
  /// - Throws: what the database throws.
  @discardableResult
  package func sighted(
    _ id: PeerID, name: String, at addresses: [PeerAddress], key: IdentityKey? = nil, version: String? = nil,
    addedAs given: String?? = nil
  ) async throws -> Bool {
    guard let first = addresses.first else { return false }
    do { try checkNotReplaced(id) } catch {
      guard key != nil || given != nil else { return false }
      throw error
    }
    // What anybody on the network can say changes nothing that is kept of a known peer.
    if key == nil, given == nil, record(of: id) != nil { return false }
    if let known = record(of: id), given == nil, known.key != nil || key == nil, known.host == first.host,
      known.port == first.port, known.name == name || known.peerStatus == .approved || known.isAdded
    {
      return false
    }
    try await dropSurplusDiscovered()
    let now = Clock.now
    let (before, after) = try await write(id) { before in
      var record = before ?? PeerRecord(id: id, name: name, host: first.host, port: first.port, now: now)
      try record.apply(.sighted)
      if given != nil || !record.isAdded { (record.host, record.port) = (first.host, first.port) }
      if let given {
        record.isAdded = true
        record.name = given ?? name
      } else if record.peerStatus != .approved, !record.isAdded {
        record.name = name
      }
      if let key { record.publicKey = Data(key.der) }
      if let version { record.version = version }
      record.lastSeen = now
      return record
    }
    if before == nil, after != nil { publish(.peerDiscovered, id) }
    return before == nil
  }

  /// A node has proved its key and asks to be let in.
  /// - Parameters:
  ///   - address: the address it called from, without port.
  ///   - grant: what `require_approval: false` grants on first contact; nil when the owner decides.
  ///   - maximum: peers that may be approved; with so many, the owner decides after all.
  /// - Returns: where it stands now.
  /// - Throws: ``NodeError`` `rate_limited` when too many wait already, or what the database throws.
  package func requested(_ hello: Hello, from address: String, grant: TrustLevel?, maximum: Int = .max) async throws
    -> PeerStatus
  {
    if let standing = standing(of: hello.id), standing.status == .blocked || standing.status == .rejected {
      return standing.status
    }
    if let known = record(of: hello.id), known.key != nil,
      known.peerStatus == .approved || (known.peerStatus == .pending && known.name == hello.name && grant == nil)
    {
      return known.peerStatus
    }
    try await dropExpiredPending()
    let now = Clock.now
    let grant = hasRoom(maximum: maximum) ? grant : nil
    let epoch = grant == nil ? 0 : try await newEpoch()
    let entry = grant.map { _ in
      AuditEntry(caller: "config", operation: "approve", subject: hello.id.description, at: now)
    }
    let (before, after) = try await write(hello.id, audit: entry) { [self] before in
      // Here, where requests come one after the other: many at one moment must not all find the same room.
      if before?.peerStatus != .pending, before?.peerStatus != .approved, before?.isAdded != true {
        try checkRoom(for: address)
      }
      var record = before ?? PeerRecord(id: hello.id, name: hello.name, host: address, port: hello.port, now: now)
      try record.apply(.requested)
      if !record.isAdded { (record.host, record.port, record.name) = (address, hello.port, hello.name) }
      record.publicKey = Data(hello.key.der)
      record.lastSeen = now
      if record.peerStatus == .pending {
        record.requestedAt = record.requestedAt ?? now
        record.requestAddress = address
        if let grant, hasRoom(maximum: maximum) {
          try record.apply(.approve)
          (record.trustLevel, record.epoch, record.approvedBy) = (grant, epoch, "config:require_approval=false")
        }
      }
      return record
    }
    if let after, after.peerStatus != before?.peerStatus {
      publish(after.peerStatus == .approved ? .peerApproved : .peerPending, hello.id)
    }
    return after?.peerStatus ?? .pending
  }

  /// An approved peer has authenticated from this address.
  package func authenticated(_ id: PeerID, from address: String, port: Int?) async throws {
    guard let known = record(of: id), known.peerStatus == .approved else { return }
    noteExchange(id, latency: nil)
    guard let port, port > 0, known.host != address || known.port != port else { return }
    // What the owner gave stays what is shown, and tried first.
    guard !known.isAdded else { return try await proved(id, at: PeerAddress(host: address, port: port)) }
    _ = try await write(id) { before in
      guard var record = before else { return nil }
      (record.host, record.port) = (address, port)
      return record
    }
  }

  /// Whether another peer may be approved without going above `maximum`; asked within the transaction that approves it.
  func hasRoom(maximum: Int) -> Bool {
    state.withLock { $0.records.values.filter { $0.peerStatus == .approved }.count } < maximum
  }

  private func checkRoom(for address: String) throws(NodeError) {
    let waiting = state.withLock { $0.records.values.filter { $0.peerStatus == .pending } }
    let group = AddressGroup.key(of: address)
    let fromAddress = waiting.filter { $0.requestAddress.map(AddressGroup.key(of:)) == group }.count
    guard waiting.count < limits.pending, fromAddress < limits.pendingPerAddress else {
      throw NodeError(
        .rateLimited, "too many requests wait for approval", hint: "ask the owner to decide about them",
        retryAfter: 3600)
    }
  }

  /// Forgets requests that nobody decided about in time.
  package func dropExpiredPending() async throws {
    let oldest = Clock.now - limits.pendingLifetime
    let expired = state.withLock { state in
      state.records.filter { ($0.value.requestedAt ?? .max) < oldest && $0.value.peerStatus == .pending }.map(\.key)
    }
    for id in expired { _ = try await write(id) { $0?.peerStatus == .pending ? nil : $0 } }
  }

  private func dropSurplusDiscovered() async throws {
    let discovered = state.withLock { state in
      state.records.values.filter { $0.peerStatus == .discovered && !$0.isAdded }
        .sorted { ($0.lastSeen ?? 0, $0.id) < ($1.lastSeen ?? 0, $1.id) }
    }
    guard discovered.count >= limits.discovered else { return }
    for record in discovered.prefix(discovered.count - limits.discovered + 1) {
      if let id = PeerID(record.id) { _ = try await write(id) { $0?.peerStatus == .discovered ? nil : $0 } }
    }
  }
}
