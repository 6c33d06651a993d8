import Crypto
import FoundationEssentials
import PeerModel
import Testing

@testable import PeerNode

/// Values that were computed with another library (Tests/Fixtures/wire/handshake/vectors.json) from fixed keys and nonces.
@Suite struct HandshakeVectorTests {
  let vectors: [String: String]
  let client: Identity
  let server: Identity

  init() throws {
    let text = try String(contentsOfFile: HandshakeMessageTests.fixture("vectors.json"), encoding: .utf8)
    let members = try #require(try JSONParser.parse(text).objectValue)
    let vectors = members.compactMapValues(\.stringValue)
    self.vectors = vectors
    client = try HandshakeBench.identity(hex: try #require(vectors["client private key"]), certificate: [])
    server = try HandshakeBench.identity(
      hex: try #require(vectors["server private key"]),
      certificate: try HandshakeBench.bytes(hex: #require(vectors["server certificate"])))
  }

  private func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  private func bytes(_ name: String) throws -> [UInt8] { try HandshakeBench.bytes(hex: try #require(vectors[name])) }

  @Test func identitiesAreDerivedFromTheKeys() {
    #expect(hex(client.publicKey.der) == vectors["client public key"])
    #expect(hex(server.publicKey.der) == vectors["server public key"])
    #expect(client.id.description == vectors["client id"])
    #expect(server.id.description == vectors["server id"])
    #expect(client.publicKey.fingerprint == vectors["client fingerprint"])
    #expect(hex(server.certificateHash) == vectors["H"])
  }

  @Test func theVerificationCodeIsTheSameOnBothSides() {
    #expect(client.publicKey.verificationCode(with: server.publicKey) == vectors["verification code"])
    #expect(server.publicKey.verificationCode(with: client.publicKey) == vectors["verification code"])
  }

  @Test func theSignatureCoversEveryField() throws {
    let signed = Hello.signedBytes(
      version: try #require(vectors["version"].flatMap { ProtocolVersion($0) }), id: client.id,
      name: try #require(vectors["name"]), port: try #require(vectors["port"].flatMap { Int($0) }),
      key: client.publicKey,
      nonce: try bytes("client nonce"), certificateHash: server.certificateHash)
    #expect(hex(signed) == vectors["signed hello"])
    #expect(client.publicKey.verifies(try bytes("signature"), of: signed))
    #expect(!server.publicKey.verifies(try bytes("signature"), of: signed))
  }

  @Test func theProofsAreThoseOfTheTranscript() throws {
    let transcript = Transcript(
      version: .init(major: 1, minor: 0), client: client.publicKey, server: server.publicKey,
      clientNonce: try bytes("client nonce"), serverNonce: try bytes("server nonce"),
      certificateHash: server.certificateHash)
    #expect(hex(transcript.bytes) == vectors["T"])
    let secret = try client.sharedSecret(with: server.publicKey)
    #expect(hex(secret.withUnsafeBytes { Array($0) }) == vectors["ECDH secret"])
    for identity in [client, server] {
      let proofs = try transcript.proofs(identity)
      #expect(hex(proofs.client) == vectors["client proof"])
      #expect(hex(proofs.server) == vectors["server proof"])
    }
    let key = SymmetricKey(data: try bytes("K"))
    let message = Transcript.encode("client", [transcript.bytes])
    #expect(hex(HMAC<SHA256>.authenticationCode(for: message, using: key)) == vectors["client proof"])
  }

  /// From the client's key, as the old one, to the server's.
  @Test func aRotationStatementIsSignedByBothKeys() throws {
    let time = try #require(vectors["rotation time"].flatMap { Int($0) })
    let sequence = try #require(vectors["rotation sequence"].flatMap { Int($0) })
    let signed = RotationStatement.signedBytes(
      old: client.publicKey, new: server.publicKey, time: time, sequence: sequence)
    #expect(hex(signed) == vectors["signed rotation"])
    var statement = try RotationStatement(from: client, to: server, sequence: sequence, time: time)
    #expect(throws: Never.self) { try statement.verify() }
    statement.oldSignature = try bytes("old signature")
    statement.newSignature = try bytes("new signature")
    #expect(throws: Never.self) { try statement.verify() }
    #expect(throws: Never.self) { try RotationStatement(json: statement.json).verify() }
  }

  /// The server has invited the client, at level trusted.
  @Test func aPairingIsProvedWithTheSecretOfTheCode() throws {
    let code = try InvitationCode(try #require(vectors["invitation code"]))
    #expect(hex(code.secret) == vectors["invitation secret"])
    #expect(code == InvitationCode(inviter: server.id, secret: code.secret))
    #expect(code.text == vectors["invitation code"])
    let transcript = JoinTranscript(
      version: .init(major: 1, minor: 0), joiner: client.publicKey, inviter: server.publicKey,
      joinerNonce: try bytes("client nonce"), inviterNonce: try bytes("server nonce"),
      certificateHash: server.certificateHash)
    #expect(hex(transcript.bytes) == vectors["join transcript"])
    for identity in [client, server] {
      let proofs = transcript.proofs(agreement: try transcript.agreement(identity), secret: code.secret)
      #expect(hex(proofs.joiner) == vectors["joiner proof"])
      #expect(hex(proofs.inviter(granting: .trusted)) == vectors["inviter proof"])
    }
    let message = Transcript.encode("joiner", [transcript.bytes])
    let key = SymmetricKey(data: try bytes("join key"))
    #expect(hex(HMAC<SHA256>.authenticationCode(for: message, using: key)) == vectors["joiner proof"])
  }

  @Test func theMachinesMakeTheExchangeOfTheVectors() throws {
    let golden = HandshakeMessageTests.golden
    var machine = HandshakeServer(identity: server, name: "server")
    guard case .hello(let hello) = try HandshakeRequest(json: try #require(golden["hello"])) else {
      throw NodeError(.malformed, "not a hello")
    }
    try machine.check(hello)
    let session = Array(UInt8(64)..<80)
    let reply = try machine.challenge(hello, now: 0, random: try bytes("server nonce") + session)
    #expect(reply.json == golden["challenge"])
    var caller = try HandshakeClient(
      identity: client, name: "klient", port: 8765, serverKey: server.publicKey,
      certificateHash: server.certificateHash, nonce: try bytes("client nonce"))
    #expect(try HandshakeBench.proof(&caller, reply).json == golden["proof"])
    #expect(try machine.finish(session: Base64.encode(session), proof: try bytes("client proof"), now: 0) == client.id)
  }

  /// Sources/PeerNode/Documentation.docc/HandshakeVectors.md shows the same values.
  @Test func theDocumentationShowsTheseVectors() throws {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    let page = try String(
      contentsOfFile: root + "/Sources/PeerNode/Documentation.docc/HandshakeVectors.md", encoding: .utf8)
    let blocks = page.split(separator: "\n- ").dropFirst()
    var shown: [String: String] = [:]
    for block in blocks {
      let parts = block.split(separator: "```").map(String.init)
      shown[parts[0].filter { $0 != "\n" }.trimmed] = parts[1].filter { !$0.isWhitespace }
    }
    #expect(shown == vectors)
    for (name, message) in HandshakeMessageTests.golden.objectValue ?? [:]
    where ["hello", "challenge", "proof"].contains(name) {
      let fences = page.split(separator: "```json").dropFirst().compactMap { $0.split(separator: "```").first }
      #expect(fences.contains { (try? JSONParser.parse(String($0))) == message }, "\(name)")
    }
  }
}

extension String {
  fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
