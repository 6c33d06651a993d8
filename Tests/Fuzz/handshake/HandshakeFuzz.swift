#if DEBUG
  import Crypto
  import PeerModel

  @testable import PeerNode

  /// Any bytes as any message of the handshake, given to both ends in the middle of an exchange. Nobody gets through but
  /// with the one right proof.
  struct HandshakeFuzz: FuzzTarget {
    private let node: Identity
    private let client: HandshakeClient
    private let server: HandshakeServer
    /// The one challenge that the client may take, and the one proof that the server may.
    private let challenge: HandshakeReply
    private let proof: HandshakeRequest

    init() throws {
      let key = P256.Signing.PrivateKey()
      node = Identity(privateKey: key, certificate: [1, 2, 3])
      let caller = Identity(privateKey: P256.Signing.PrivateKey(), certificate: [])
      let client = try HandshakeClient(
        identity: caller, name: "client", port: 1, serverKey: node.publicKey, certificateHash: node.certificateHash,
        nonce: Random.bytes(32))
      var server = HandshakeServer(identity: node, name: "server")
      guard case .hello(let hello) = client.first else { throw NodeError.internal }
      challenge = try server.challenge(hello, now: 0, random: Random.bytes(48))
      var answering = client
      guard case .send(let proof) = try answering.receive(challenge) else { throw NodeError.internal }
      (self.client, self.server, self.proof) = (client, server, proof)
    }

    /// Messages of this very exchange, beside the fixtures.
    var seeds: [[UInt8]] { [client.first.json.bytes, challenge.json.bytes, proof.json.bytes] }

    func run(_ bytes: [UInt8]) {
      guard let json = try? JSONParser.parse(bytes) else { return }
      if let request = try? HandshakeRequest(json: json) { serve(request) }
      if let reply = try? HandshakeReply(json: json) { answer(reply) }
    }

    private func serve(_ request: HandshakeRequest) {
      precondition((try? HandshakeRequest(json: request.json)) == request)
      var server = server
      switch request {
      case .hello(let hello):
        // The only hello that is signed for this node is our own.
        if (try? server.check(hello)) != nil { precondition(request == client.first) }
        // What would come of it if the check were passed.
        _ = try? server.challenge(hello, now: 1, random: [UInt8](repeating: 7, count: 48))
      case .proof(let session, let proof):
        if (try? server.finish(session: session, proof: proof, now: 1)) != nil { precondition(request == self.proof) }
        precondition((try? server.finish(session: session, proof: proof, now: 1)) == nil, "a session is good once")
      case .join(let hello):
        if (try? server.check(hello)) != nil { precondition(HandshakeRequest.hello(hello) == client.first) }
      case .invitation(let session, let proof):
        var joins = JoinServer(identity: node)
        precondition((try? joins.finish(session: session, proof: proof, now: 1, open: [])) == nil)
      }
    }

    private func answer(_ reply: HandshakeReply) {
      precondition((try? HandshakeReply(json: reply.json)) == reply)
      var client = client
      switch try? client.receive(reply) {
      case .send(let request):
        guard case .challenge(let taken) = reply, case .challenge(let right) = challenge else { preconditionFailure() }
        // The name and the session's name are not proved; everything else is.
        precondition(taken.proof == right.proof && taken.nonce == right.nonce)
        precondition(taken.introduction.key == right.introduction.key && taken.introduction.id == right.introduction.id)
        guard case .proof(_, let proof) = request, case .proof(_, let rightProof) = self.proof else {
          preconditionFailure()
        }
        precondition(proof == rightProof)
      case .pending(let introduction): precondition(introduction.key == node.publicKey && introduction.id == node.id)
      case .authenticated: preconditionFailure("a token without a challenge")
      case nil: break
      }
    }
  }
#endif
