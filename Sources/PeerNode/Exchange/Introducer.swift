import AsyncHTTPClient
import NIOCore
package import PeerModel

/// What came of talking to a node at one address.
package struct Contact: Sendable {
  package enum Outcome: Sendable {
    case authenticated(HandshakeClient.Grant)
    case pending
    /// The other node refuses: rejected, blocked, too many wait, another version.
    case refused(NodeError)
  }
  /// What ``PeerExchange/introduce(_:expecting:)`` tells.
  package struct Report: Sendable {
    package var key: IdentityKey
    /// The name it claims; nil when it refused before saying.
    package var name: String?
    package var address: PeerAddress
    package var latency: Duration
    package var outcome: Outcome
    /// This very node answered.
    package var isSelf: Bool
  }

  var client: PinnedClient
  var server: PinnedClient.Server
  var name: String?
  var outcome: Outcome
  var isSelf = false
  /// What the node told beside its last answer.
  var remark: OfferNote?
}

/// Carries one handshake over HTTPS.
struct Introducer: Sendable {
  let identity: Identity
  let credentials: TLSCredentials
  let registry: Registry
  let name: String
  let port: Int
  /// Whether the other node is asked to introduce itself in turn.
  let knocks: Bool

  /// Longest handshake message that is read, bytes.
  static let maximumReply = 64 << 10
  static let timeout = TimeAmount.seconds(5)

  /// - Returns: the contact, whose client the caller shuts down; or why there is none.
  func contact(_ address: PeerAddress, expecting id: PeerID?) async -> Result<Contact, NodeError> {
    switch await attempt(address, expecting: id) {
    case .success(let contact): return .success(contact)
    case .failure(let refusal):
      guard let id, let found = refusal.found else { return .failure(refusal.error) }
      do {
        // The peer may have changed its key, and can show it: then it is held to the new one.
        guard try await follow(id, to: found, at: address) else { return .failure(refusal.error) }
      } catch let error as NodeError { return .failure(error) } catch { return .failure(refusal.error) }
      return await attempt(address, expecting: found).mapError(\.error)
    }
  }

  /// Why there was no contact, and who answered when it was another node.
  private struct Refusal: Error {
    var error: NodeError
    var found: PeerID?
  }

  private func attempt(_ address: PeerAddress, expecting id: PeerID?) async -> Result<Contact, Refusal> {
    let client = PinnedClient(address, expected: id, credentials: credentials, connectTimeout: .seconds(2))
    do { return .success(try await handshake(client)) } catch {
      client.abandon()
      return .failure(Refusal(error: Self.describe(error, client), found: client.refusal?.found))
    }
  }

  /// Asks whoever answers in a peer's place for its statements.
  /// - Returns: whether they lead from the peer to the one that answers; the peer is known under that id from now on.
  private func follow(_ id: PeerID, to found: PeerID, at address: PeerAddress) async throws -> Bool {
    let client = PinnedClient(address, expected: found, credentials: credentials, connectTimeout: .seconds(2))
    do {
      let info = try await client.execute(.get, "/v1/p2p/info", timeout: Self.timeout)
      let description = try JSONParser.parse(try await info.body.collect(upTo: Self.maximumReply).readableBytesView)
      await client.shutdown()
      guard let key = client.server?.key, let rotations = description["rotations"],
        let chain = try RotationChain(json: rotations).leading(from: id)
      else { return false }
      // Another attempt at another address may have followed it in the meantime.
      if registry.current(id) == found { return true }
      return try await registry.follow(chain, to: key, from: id) != nil
    } catch {
      await client.shutdown()
      throw error
    }
  }

  private func handshake(_ client: PinnedClient) async throws -> Contact {
    // Any request opens the connection; this one also tells which version answers.
    let info = try await client.execute(.get, "/v1/p2p/info", timeout: Self.timeout)
    let description = try JSONParser.parse(try await info.body.collect(upTo: Self.maximumReply).readableBytesView)
    guard let server = client.server else { throw NodeError(.peerUnreachable, "the node did not show its identity") }
    let claimed = description["name"]?.stringValue.flatMap { try? PeerName.check($0) }
    if let version = description["protocol"]?.stringValue.flatMap(ProtocolVersion.init) {
      try ProtocolVersion.current.checkCompatible(with: version)
    }
    let nonce = Random.bytes(Hello.nonceCount)
    registry.clones.sendHello(nonce)
    do {
      var contact = try await introduce(
        Contact(client: client, server: server, name: claimed, outcome: .pending), nonce)
      contact.isSelf = registry.clones.endHello(nonce)
      return contact
    } catch {
      _ = registry.clones.endHello(nonce)
      throw error
    }
  }

  private func introduce(_ begun: Contact, _ nonce: [UInt8]) async throws -> Contact {
    var contact = begun
    let server = begun.server
    var machine = try HandshakeClient(
      identity: identity, name: name, port: port, serverKey: server.key, certificateHash: server.certificateHash,
      nonce: nonce, knocks: knocks)
    var request = machine.first
    while true {
      let reply: HandshakeReply
      do { (reply, contact.remark) = try await ask(request, contact.client) } catch let error as NodeError
        where Self.isRefusal(error)
      {
        contact.outcome = .refused(error)
        return contact
      }
      switch try machine.receive(reply) {
      case .send(let next): request = next
      case .pending(let introduction):
        contact.name = introduction.name
        return contact
      case .authenticated(let grant):
        contact.name = grant.server.name
        contact.outcome = .authenticated(grant)
        return contact
      }
    }
  }

  private static func isRefusal(_ error: NodeError) -> Bool {
    [.notApproved, .identityReplaced, .rateLimited, .unsupportedVersion, .conflict].contains(error.code)
  }

  func send(_ request: HandshakeRequest, _ client: PinnedClient) async throws -> HandshakeReply {
    try await ask(request, client).reply
  }

  private func ask(
    _ request: HandshakeRequest, _ client: PinnedClient
  ) async throws -> (reply: HandshakeReply, remark: OfferNote?) {
    let response = try await client.execute(
      .post, "/v1/p2p/auth/handshake", headers: [("Content-Type", MediaType.json)],
      body: .bytes(ByteBuffer(bytes: request.json.bytes)), timeout: Self.timeout)
    let json = try JSONParser.parse(try await response.body.collect(upTo: Self.maximumReply).readableBytesView)
    guard response.status.code < 300 else {
      throw NodeError(problem: json)
        ?? NodeError(.remoteFailed, "the node answered with status \(response.status.code)")
    }
    return (try HandshakeReply(json: json), OfferNote(response.headers.first(name: OfferNote.header)))
  }

  static func describe(_ error: any Error, _ client: PinnedClient) -> NodeError {
    if let refusal = client.refusal {
      let found = refusal.found.map(\.description) ?? "something that is not a node"
      return NodeError(
        .unauthenticated, "\(found) answers at \(client.address), not the expected peer",
        hint: "somebody else uses its address, or it was set up anew: ask its owner before you trust another identity")
    }
    switch error {
    case let error as NodeError: return error
    case is JSONSyntaxError: return NodeError(.peerUnreachable, "what answers at \(client.address) is not a node")
    default: return NodeError(.peerUnreachable, "nobody answers at \(client.address)")
    }
  }
}
