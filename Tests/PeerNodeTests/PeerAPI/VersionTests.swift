import PeerModel
import PeerTestSupport
import Synchronization
import Testing

@testable import PeerNode

/// Other versions of the protocol over the wire, at either end.
@Suite(.serialized) struct VersionTests {
  static let path = "/v1/p2p/auth/handshake"
  static let newer = ProtocolVersion(major: 1, minor: 7)

  /// A hello as a node of that version makes it.
  private static func hello(of peer: TestPeer, version: ProtocolVersion, for node: TestNode) throws -> Hello {
    let identity = peer.identity
    let nonce = Random.bytes(32)
    let signed = Hello.signedBytes(
      version: version, id: identity.id, name: peer.name, port: 0, key: identity.publicKey, nonce: nonce,
      certificateHash: try node.identity.certificateHash)
    return Hello(
      version: version, id: identity.id, name: peer.name, port: 0, key: identity.publicKey, nonce: nonce,
      signature: try identity.sign(signed))
  }

  @Test func aCallerOfANewerMinorIsServed() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer("newer")
      _ = try await peer.handshake(with: node)
      _ = try await node.call("p2p.approve_peer", ["peer_id": "newer", "trust": "trusted"])
      let hello = try Self.hello(of: peer, version: Self.newer, for: node)
      var members = try #require(HandshakeRequest.hello(hello).json.objectValue)
      members["something"] = ["new": true]
      let answer = try await Web.post(Self.path, .object(members), to: node.port)
      guard case .challenge(let challenge) = try HandshakeReply(json: answer.json) else {
        throw TestFailure("no challenge: \(answer.json.text)")
      }
      // The version that was said is the one that is proved.
      let transcript = Transcript(
        version: Self.newer, client: peer.identity.publicKey, server: challenge.introduction.key,
        clientNonce: hello.nonce, serverNonce: challenge.nonce, certificateHash: try node.identity.certificateHash)
      let proofs = try transcript.proofs(peer.identity)
      #expect(proofs.isServer(challenge.proof))
      let done = try await Web.post(
        Self.path, HandshakeRequest.proof(session: challenge.session, proof: proofs.client).json, to: node.port)
      #expect(done.json["status"] == "authenticated")
      let token = try #require(done.json["token"]?.stringValue)
      let skills = try await Web.get("/v1/p2p/skills", from: node.port, token: token)
      #expect(skills.status == 200)
    }
  }

  @Test func aCallerOfAnotherMajorIsRefusedByASentenceWithBoth() async throws {
    try await TestNode.run { node in
      let hello = try Self.hello(of: TestPeer(), version: .init(major: 2, minor: 0), for: node)
      let answer = try await Web.post(Self.path, HandshakeRequest.hello(hello).json, to: node.port)
      HTTPDoorTests.expectProblem(answer, 400, "unsupported_version")
      #expect(answer.json["detail"] == "this node speaks protocol 1.0, the other one 2.0")
      #expect(try await node.call("p2p.list_peers")["count"] == 0)
    }
  }

  /// A node of that version that approves everybody, and the paths that it was asked for.
  private static func withServer(
    _ version: String, _ body: (FakeNode, Identity, @Sendable () -> [String]) async throws -> Void
  ) async throws {
    let folder = TemporaryFolder()
    let identity = try IdentityFiles(directory: folder.path).loadOrCreate()
    let machine = Mutex(HandshakeServer(identity: identity, name: "far"))
    let asked = Mutex<[String]>([])
    let far = try await FakeNode(folder: folder.path) { path, json in
      asked.withLock { $0.append(path) }
      guard path == Self.path else {
        return (200, ["name": "far", "peer_id": identity.id.json, "protocol": .string(version), "later": [1]])
      }
      do {
        let reply: HandshakeReply =
          switch try HandshakeRequest(json: json) {
          case .hello(let hello):
            try machine.withLock { machine in
              try machine.check(hello)
              return try machine.challenge(hello, now: 0, random: Random.bytes(48))
            }
          case .proof(let session, let proof):
            try machine.withLock { machine in
              _ = try machine.finish(session: session, proof: proof, now: 0)
              return .authenticated(token: "a.b.c", expiresIn: 900, trust: .trusted)
            }
          case .join, .invitation: throw NodeError(.invalidArguments, "/step: not known here")
          }
        var members = reply.json.objectValue ?? [:]
        if members["version"] != nil { members["version"] = .string(version) }
        return (200, .object(members))
      } catch let error as NodeError { return (error.code.mapping.http, error.problem) } catch { return (500, .null) }
    }
    try await body(far, identity) { asked.withLock { $0 } }
    await far.stop()
  }

  @Test func aServerOfANewerMinorIsUsed() async throws {
    try await TestNode.run { node in
      try await Self.withServer("1.7") { far, identity, asked in
        let added = try await node.call(
          "p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(far.port))])
        #expect(added["peer_id"] == identity.id.json)
        #expect(asked().filter { $0 == Self.path }.count == 2, "hello and proof")
      }
    }
  }

  @Test func aServerOfAnotherMajorIsRefusedByASentenceWithBoth() async throws {
    try await TestNode.run { node in
      try await Self.withServer("2.0") { far, _, asked in
        let error = await #expect(throws: NodeError.self) {
          try await node.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(far.port))])
        }
        #expect(error?.code == .unsupportedVersion)
        #expect(error?.message == "this node speaks protocol 1.0, the other one 2.0")
        #expect(error?.hint == "update the older of the two nodes")
        #expect(!asked().contains(Self.path), "nothing is said to it")
      }
      #expect(try await node.call("p2p.list_peers")["count"] == 0)
    }
  }
}
