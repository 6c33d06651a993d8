import FoundationEssentials
import GRDB
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// A registry over a database in a temporary folder.
struct RegistryBench {
  let folder: TemporaryFolder
  let identity: Identity
  let store: Store
  let events = EventHub()
  let registry: Registry
  let owner = Caller.owner(uid: 1000)

  init(
    in folder: TemporaryFolder = TemporaryFolder(), identity: Identity = HandshakeBench.identity(),
    limits: Registry.Limits = Registry.Limits()
  ) throws {
    self.folder = folder
    self.identity = identity
    store = try Store(directory: folder.path)
    registry = try Registry(store: store, identity: identity, events: events, limits: limits)
  }

  /// The same database, opened anew.
  func reopened(limits: Registry.Limits = Registry.Limits()) throws -> RegistryBench {
    try store.pool.close()
    return try RegistryBench(in: folder, identity: identity, limits: limits)
  }

  static func hello(
    _ identity: Identity = HandshakeBench.identity(), name: String = "peer", port: Int = 8765
  ) -> Hello {
    Hello(
      version: .current, id: identity.id, name: name, port: port, key: identity.publicKey,
      nonce: [UInt8](repeating: 0, count: 32), signature: [UInt8](repeating: 0, count: 64))
  }

  /// A peer that has asked.
  func asking(_ name: String = "peer", from address: String = "192.0.2.1") async throws -> PeerID {
    let hello = Self.hello(name: name)
    _ = try await registry.requested(hello, from: address, grant: nil)
    return hello.id
  }

  /// A peer that has asked and was approved.
  func approved(_ name: String = "peer", trust: TrustLevel = .trusted) async throws -> PeerID {
    let id = try await asking(name)
    try await registry.approve(id, trust: trust, maximum: 100, by: owner)
    return id
  }

  func seen(_ name: String = "peer", at host: String = "192.0.2.9") async throws -> PeerID {
    let id = HandshakeBench.identity().id
    try await registry.sighted(id, name: name, at: [PeerAddress(host: host, port: 8765)])
    return id
  }

  func status(_ id: PeerID) -> PeerStatus? { registry.standing(of: id)?.status }
  func trust(_ id: PeerID) -> TrustLevel? { registry.standing(of: id)?.trust }
  func epoch(_ id: PeerID) throws -> Int64 { try #require(registry.standing(of: id)).epoch }

  /// Lines of the audit log: caller, operation, subject, outcome.
  func audit() throws -> [AuditEntry] { try store.pool.read { try AuditEntry.fetchAll($0) } }
}

/// Expects one of our errors from something that waits.
func expectRefusal(
  _ code: ErrorCode, _ message: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> some Any
) async {
  let error = await #expect(throws: NodeError.self, sourceLocation: sourceLocation) { _ = try await body() }
  #expect(error?.code == code, sourceLocation: sourceLocation)
  if let message { #expect(error?.message == message, sourceLocation: sourceLocation) }
}
