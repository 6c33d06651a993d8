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
  }

  var client: PinnedClient
  var server: PinnedClient.Server
  var name: String?
  var outcome: Outcome
}

/// Carries one handshake over HTTPS.
struct Introducer: Sendable {
  let identity: Identity
  let name: String
  let port: Int

  /// Longest handshake message that is read, bytes.
  private static let maximumReply = 64 << 10
  private static let timeout = TimeAmount.seconds(5)

  /// - Returns: the contact, whose client the caller shuts down; or why there is none.
  func contact(_ address: PeerAddress, expecting id: PeerID?) async -> Result<Contact, NodeError> {
    let client = PinnedClient(address, expected: id, connectTimeout: .seconds(2))
    do { return .success(try await handshake(client)) } catch {
      let failure = Self.describe(error, client)
      await client.shutdown()
      return .failure(failure)
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
    var contact = Contact(client: client, server: server, name: claimed, outcome: .pending)
    var machine = try HandshakeClient(
      identity: identity, name: name, port: port, serverKey: server.key, certificateHash: server.certificateHash,
      nonce: Random.bytes(Hello.nonceCount))
    var request = machine.first
    while true {
      let reply: HandshakeReply
      do { reply = try await send(request, client) } catch let error as NodeError where Self.isRefusal(error) {
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
    [.notApproved, .rateLimited, .unsupportedVersion, .conflict].contains(error.code)
  }

  private func send(_ request: HandshakeRequest, _ client: PinnedClient) async throws -> HandshakeReply {
    let response = try await client.execute(
      .post, "/v1/p2p/auth/handshake", headers: [("Content-Type", MediaType.json)],
      body: .bytes(ByteBuffer(bytes: request.json.bytes)), timeout: Self.timeout)
    let json = try JSONParser.parse(try await response.body.collect(upTo: Self.maximumReply).readableBytesView)
    guard response.status.code < 300 else {
      throw NodeError(problem: json)
        ?? NodeError(.remoteFailed, "the node answered with status \(response.status.code)")
    }
    return try HandshakeReply(json: json)
  }

  private static func describe(_ error: any Error, _ client: PinnedClient) -> NodeError {
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
