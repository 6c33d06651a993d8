import NIOCore
import PeerModel

/// Who has let this node in with a code.
struct JoinedNode: Sendable {
  var key: IdentityKey
  var name: String
  var address: PeerAddress
  var trust: TrustLevel
}

extension Introducer {
  /// Pairs with the node at an address.
  /// - Parameters:
  ///   - id: who must answer; nil takes anybody whose id begins as the code says.
  ///   - check: whether this node wants that peer; called before anything is proved.
  /// - Throws: ``NodeError`` of both ends.
  func join(
    _ address: PeerAddress, expecting id: PeerID?, code: InvitationCode,
    check: @Sendable (PeerID) throws -> Void
  ) async throws -> JoinedNode {
    let client = PinnedClient(address, expected: id, credentials: credentials, connectTimeout: .seconds(2))
    do {
      let node = try await pair(client, code, check)
      await client.shutdown()
      return node
    } catch {
      let failure = Self.describe(error, client)
      await client.shutdown()
      throw failure
    }
  }

  private func pair(
    _ client: PinnedClient, _ code: InvitationCode, _ check: @Sendable (PeerID) throws -> Void
  ) async throws -> JoinedNode {
    let info = try await client.execute(.get, "/v1/p2p/info", timeout: Self.timeout)
    _ = try await info.body.collect(upTo: Self.maximumReply)
    guard let server = client.server else { throw NodeError(.peerUnreachable, "the node did not show its identity") }
    try check(server.key.id)
    let hello = try Hello(
      identity: identity, name: name, port: port, certificateHash: server.certificateHash,
      nonce: Random.bytes(Hello.nonceCount))
    var machine = try JoinClient(
      identity: identity, code: code, hello: hello, serverKey: server.key, certificateHash: server.certificateHash)
    var request = machine.first
    while true {
      switch try machine.receive(try await send(request, client)) {
      case .send(let next): request = next
      case .joined(let introduction, let trust):
        return JoinedNode(key: server.key, name: introduction.name, address: client.address, trust: trust)
      }
    }
  }
}

extension PeerExchange {
  /// Tries the addresses one after the other until one pairs. A code is tried at the next one only where nobody or
  /// another node answered.
  func join(
    _ addresses: [(id: PeerID?, address: PeerAddress)], code: InvitationCode, check: @Sendable (PeerID) throws -> Void
  ) async throws -> JoinedNode {
    let own = introducer()
    var failure = NodeError(.peerUnreachable, "no address of this peer is known", hint: "r join CODE HOST")
    for (id, address) in addresses.prefix(Self.maximumAddresses) {
      do { return try await own.join(address, expecting: id, code: code, check: check) } catch let error as NodeError {
        failure = error
        guard [.peerUnreachable, .unauthenticated].contains(error.code) else { throw error }
      }
    }
    throw failure
  }
}
