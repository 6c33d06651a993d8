import Crypto
import FoundationEssentials
import PeerModel
import Testing

@testable import PeerNode

/// Two identities and the server's end, with time and randomness in the test's hands.
struct HandshakeBench {
  var client = HandshakeBench.identity()
  var server: Identity
  var machine: HandshakeServer
  var now = 1000
  private var drawn: UInt8 = 0

  init() {
    let server = Self.identity()
    self.server = server
    machine = HandshakeServer(identity: server, name: "server")
  }

  static func identity() -> Identity {
    let key = P256.Signing.PrivateKey()
    return Identity(privateKey: key, certificate: Array(key.publicKey.rawRepresentation.prefix(20)))
  }

  static func identity(hex: String, certificate: [UInt8]) throws -> Identity {
    Identity(
      privateKey: try P256.Signing.PrivateKey(rawRepresentation: try bytes(hex: hex)), certificate: certificate)
  }

  static func bytes(hex: String) throws -> [UInt8] {
    let digits = try hex.map { try #require($0.hexDigitValue) }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// A client's end that sees `seen` in TLS; the true server when nil.
  func caller(
    _ identity: Identity? = nil, seeing seen: Identity? = nil, nonce: [UInt8] = Random.bytes(32)
  ) throws -> HandshakeClient {
    let seen = seen ?? server
    return try HandshakeClient(
      identity: identity ?? client, name: "client", port: 8765, serverKey: seen.publicKey,
      certificateHash: seen.certificateHash, nonce: nonce)
  }

  /// 48 bytes that no other challenge of this bench gets.
  mutating func random() -> [UInt8] {
    drawn += 1
    return [UInt8](repeating: drawn, count: 48)
  }

  /// What an approved caller gets for its hello, both ways over the wire's bytes.
  mutating func challenge(_ request: HandshakeRequest) throws -> HandshakeReply {
    guard case .hello(let hello) = try Self.overTheWire(request) else { throw NodeError(.malformed, "not a hello") }
    try machine.check(hello)
    return try Self.overTheWire(try machine.challenge(hello, now: now, random: random()))
  }

  mutating func finish(_ request: HandshakeRequest) throws -> PeerID {
    guard case .proof(let session, let proof) = try Self.overTheWire(request) else {
      throw NodeError(.malformed, "not a proof")
    }
    return try machine.finish(session: session, proof: proof, now: now)
  }

  static func overTheWire(_ request: HandshakeRequest) throws -> HandshakeRequest {
    try HandshakeRequest(json: JSONParser.parse(request.json.bytes))
  }
  static func overTheWire(_ reply: HandshakeReply) throws -> HandshakeReply {
    try HandshakeReply(json: JSONParser.parse(reply.json.bytes))
  }

  /// The answer to a challenge.
  static func proof(_ client: inout HandshakeClient, _ reply: HandshakeReply) throws -> HandshakeRequest {
    guard case .send(let request) = try client.receive(reply) else { throw NodeError(.malformed, "no next message") }
    return request
  }
}

/// Expects one of our errors.
func expectRefusal(
  _ code: ErrorCode, _ message: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> some Any
) {
  let error = #expect(throws: NodeError.self, sourceLocation: sourceLocation) { _ = try body() }
  #expect(error?.code == code, sourceLocation: sourceLocation)
  if let message { #expect(error?.message == message, sourceLocation: sourceLocation) }
}
