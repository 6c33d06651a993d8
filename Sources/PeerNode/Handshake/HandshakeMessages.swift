package import PeerModel

/// The messages of `POST /v1/p2p/auth/handshake`, as they are on the wire.
package enum HandshakeRequest: Hashable, Sendable {
  case hello(Hello)
  case proof(session: String, proof: [UInt8])
  /// A hello of a node that has an invitation code.
  case join(Hello)
  /// The proof of a code.
  case invitation(session: String, proof: [UInt8])

  /// - Throws: ``NodeError`` `invalid_arguments` naming the field.
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    switch try fields.required("step", as: String.self) {
    case "hello": self = .hello(try Hello(json: json))
    case "join": self = .join(try Hello(json: json))
    case "proof": self = .proof(session: try fields.required("session"), proof: try Self.proof(fields))
    case "invitation": self = .invitation(session: try fields.required("session"), proof: try Self.proof(fields))
    default: throw NodeError(.invalidArguments, "/step: must be hello, proof, join or invitation")
    }
  }

  private static func proof(_ fields: JSONFields) throws(NodeError) -> [UInt8] {
    try Base64.decode(try fields.required("proof"), count: 32, field: "proof")
  }

  package var json: JSONValue {
    switch self {
    case .hello(let hello): hello.json(step: "hello")
    case .join(let hello): hello.json(step: "join")
    case .proof(let session, let proof): Self.json(step: "proof", session, proof)
    case .invitation(let session, let proof): Self.json(step: "invitation", session, proof)
    }
  }

  private static func json(step: JSONValue, _ session: String, _ proof: [UInt8]) -> JSONValue {
    ["step": step, "session": session.json, "proof": .string(Base64.encode(proof))]
  }
}

/// What a node says first: who it is, proved by a signature over all of it and the server's certificate.
package struct Hello: Hashable, Sendable {
  package var version: ProtocolVersion
  package var id: PeerID
  package var name: String
  /// Where the caller's own peer API listens.
  package var port: Int
  package var key: IdentityKey
  /// 32 random bytes, new in every hello.
  package var nonce: [UInt8]
  /// ECDSA over ``signedBytes(certificateHash:)``.
  package var signature: [UInt8]
  /// How the caller came to its key. Not under the signature: each statement has its own.
  package var rotations = RotationChain.none
  /// The caller would like to hear from this node: it has just been approved there. A hint, so not under the signature.
  package var knocks = false

  static let nonceCount = 32

  /// What the signature covers: every field, and the certificate of the server that it is meant for, so that a hello
  /// cannot be passed on to another node.
  static func signedBytes(
    version: ProtocolVersion, id: PeerID, name: String, port: Int, key: IdentityKey, nonce: [UInt8],
    certificateHash: [UInt8]
  ) -> [UInt8] {
    Transcript.encode(
      "rd hello 1",
      [
        Array(version.description.utf8), Array(id.description.utf8), Array(name.utf8), Array(String(port).utf8),
        key.der, nonce, certificateHash,
      ])
  }

  /// - Throws: ``NodeError`` `unauthenticated` when the id is not the key's or the signature does not verify.
  func verify(certificateHash: [UInt8]) throws(NodeError) {
    guard id == key.id else { throw NodeError(.unauthenticated, "the peer id does not belong to the public key") }
    let signed = Self.signedBytes(
      version: version, id: id, name: name, port: port, key: key, nonce: nonce, certificateHash: certificateHash)
    guard key.verifies(signature, of: signed) else {
      throw NodeError(.unauthenticated, "the signature does not verify for this node")
    }
  }
}

extension Hello {
  /// A hello of this node for a server's certificate.
  /// - Parameter nonce: 32 fresh random bytes.
  /// - Throws: ``NodeError`` `internal` when it cannot be signed.
  package init(
    identity: Identity, name: String, port: Int, certificateHash: [UInt8], nonce: [UInt8]
  ) throws(NodeError) {
    let signed = Self.signedBytes(
      version: .current, id: identity.id, name: name, port: port, key: identity.publicKey, nonce: nonce,
      certificateHash: certificateHash)
    guard let signature = try? identity.sign(signed) else { throw NodeError.internal }
    self.init(
      version: .current, id: identity.id, name: name, port: port, key: identity.publicKey, nonce: nonce,
      signature: signature, rotations: identity.rotations.presented)
  }
}

extension Hello: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    guard let version = ProtocolVersion(try fields.required("version", as: String.self)) else {
      throw NodeError(.invalidArguments, "/version: expected MAJOR.MINOR")
    }
    guard
      let key = IdentityKey(der: try Base64.decode(try fields.required("public_key"), count: 91, field: "public_key"))
    else { throw NodeError(.invalidArguments, "/public_key: not a P-256 SubjectPublicKeyInfo") }
    let port: Int = try fields.required("port")
    guard (0...65535).contains(port) else { throw NodeError(.invalidArguments, "/port: not a TCP port") }
    self.init(
      version: version, id: try fields.required("peer_id"), name: try PeerName.check(try fields.required("name")),
      port: port, key: key,
      nonce: try Base64.decode(try fields.required("nonce"), count: Self.nonceCount, field: "nonce"),
      signature: try Base64.decode(try fields.required("signature"), count: 64, field: "signature"),
      rotations: try fields.optional("rotations") ?? .none, knocks: try fields.optional("knock") ?? false)
  }

  package var json: JSONValue { json(step: "hello") }

  func json(step: JSONValue) -> JSONValue {
    .compact([
      "step": step, "version": .string(version.description), "peer_id": id.json, "name": name.json,
      "port": port.json, "public_key": .string(Base64.encode(key.der)), "nonce": .string(Base64.encode(nonce)),
      "signature": .string(Base64.encode(signature)),
      "rotations": rotations.statements.isEmpty ? nil : rotations.json, "knock": knocks ? true : nil,
    ])
  }
}

/// What the server answers.
package enum HandshakeReply: Hashable, Sendable {
  /// The owner has not decided yet.
  case pending(Introduction)
  case challenge(Challenge)
  case authenticated(token: String, expiresIn: Int, trust: TrustLevel)
  /// Answers ``HandshakeRequest/join(_:)``, to everybody.
  case invited(Introduction, session: String, nonce: [UInt8])
  /// The code was right, and the joiner is in.
  case joined(proof: [UInt8], trust: TrustLevel)

  /// Who the server says it is, also to a caller that it does not know.
  package struct Introduction: Hashable, Sendable {
    package var id: PeerID
    package var name: String
    package var key: IdentityKey
    package init(id: PeerID, name: String, key: IdentityKey) {
      self.id = id
      self.name = name
      self.key = key
    }
  }
  package struct Challenge: Hashable, Sendable {
    package var introduction: Introduction
    /// Names the exchange in the second step; single use, 30 seconds.
    package var session: String
    package var nonce: [UInt8]
    package var proof: [UInt8]
  }

  /// Longest life of a token, seconds: what the configuration allows.
  private static let longestLifetime = 86_400

  /// HTTP status of the answer.
  package var status: Int { if case .pending = self { 202 } else { 200 } }

  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    switch try fields.required("status", as: String.self) {
    case "pending": self = .pending(try Self.introduction(fields))
    case "challenge":
      self = .challenge(
        Challenge(
          introduction: try Self.introduction(fields), session: try fields.required("session"),
          nonce: try Base64.decode(try fields.required("nonce"), count: Hello.nonceCount, field: "nonce"),
          proof: try Base64.decode(try fields.required("proof"), count: 32, field: "proof")))
    case "authenticated":
      let trust: TrustLevel = try fields.required("trust_level")
      let lifetime: Int = try fields.required("expires_in")
      guard (1...Self.longestLifetime).contains(lifetime) else {
        throw NodeError(.malformed, "/expires_in: not a number of seconds from 1 to \(Self.longestLifetime)")
      }
      self = .authenticated(
        token: try fields.required("token"), expiresIn: lifetime, trust: trust)
    case "invited":
      self = .invited(
        try Self.introduction(fields), session: try fields.required("session"),
        nonce: try Base64.decode(try fields.required("nonce"), count: Hello.nonceCount, field: "nonce"))
    case "joined":
      self = .joined(
        proof: try Base64.decode(try fields.required("proof"), count: 32, field: "proof"),
        trust: try fields.required("trust_level"))
    case let other: throw NodeError(.malformed, "unknown handshake status \(other.prefix(32))")
    }
  }

  private static func introduction(_ fields: JSONFields) throws(NodeError) -> Introduction {
    let der = try Base64.decode(try fields.required("public_key"), count: 91, field: "public_key")
    guard let key = IdentityKey(der: der) else { throw NodeError(.malformed, "/public_key: not a P-256 key") }
    return Introduction(id: try fields.required("peer_id"), name: try PeerName.check(fields.required("name")), key: key)
  }

  package var json: JSONValue {
    switch self {
    case .pending(let introduction):
      .object(introduction.members(status: "pending"))
    case .challenge(let challenge):
      .object(
        challenge.introduction.members(status: "challenge").merging([
          "session": challenge.session.json, "nonce": .string(Base64.encode(challenge.nonce)),
          "proof": .string(Base64.encode(challenge.proof)),
        ]) { $1 })
    case .authenticated(let token, let expiresIn, let trust):
      [
        "status": "authenticated", "token": token.json, "expires_in": expiresIn.json, "trust_level": trust.value.json,
        "trust": trust.json,
      ]
    case .invited(let introduction, let session, let nonce):
      .object(
        introduction.members(status: "invited").merging([
          "session": session.json, "nonce": .string(Base64.encode(nonce)),
        ]) { $1 })
    case .joined(let proof, let trust):
      [
        "status": "joined", "proof": .string(Base64.encode(proof)), "trust_level": trust.value.json,
        "trust": trust.json,
      ]
    }
  }
}

extension HandshakeReply.Introduction {
  fileprivate func members(status: JSONValue) -> [String: JSONValue] {
    [
      "status": status, "version": .string(ProtocolVersion.current.description), "peer_id": id.json,
      "name": name.json, "public_key": .string(Base64.encode(key.der)),
    ]
  }
}
