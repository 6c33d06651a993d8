import Crypto
import FoundationEssentials
import JWTKit
import PeerModel
import Testing

@testable import PeerNode

@Suite struct TokenTests {
  static let node = HandshakeBench.identity().id
  static let peer = HandshakeBench.identity().id
  static let secret = Array(UInt8(0)..<32)
  static let now = 1_700_000_000

  let tokens: Tokens

  init() async throws { tokens = try await Tokens(node: Self.node, secret: Self.secret) }

  private func token(lifetime: Int = 900) async throws -> String {
    try await tokens.issue(to: Self.peer, epoch: 7, lifetime: lifetime, now: Self.now)
  }

  private func expectRefusal(
    _ token: String, _ message: String = "the token is not valid here",
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    let error = await #expect(throws: NodeError.self, sourceLocation: sourceLocation) {
      try await tokens.read(token, now: Self.now)
    }
    #expect(error?.code == .unauthenticated, sourceLocation: sourceLocation)
    #expect(error?.message == message, sourceLocation: sourceLocation)
  }

  /// A token of these claims, signed as ours are: HMAC-SHA-256 with the node's secret.
  private func forged(_ header: JSONValue, _ claims: JSONValue, secret: [UInt8] = secret) -> String {
    forged(header.text, claims.text, secret: secret)
  }

  private func forged(_ header: String, _ claims: String, secret: [UInt8] = secret) -> String {
    let signed = Self.base64url(Array(header.utf8)) + "." + Self.base64url(Array(claims.utf8))
    let mac = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: secret))
    return signed + "." + Self.base64url(Array(mac))
  }

  static func base64url(_ bytes: [UInt8]) -> String {
    String(Base64.encode(bytes).filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
  }

  static let header: JSONValue = ["alg": "HS256", "typ": "JWT"]
  static let claims: [String: JSONValue] = [
    "iss": .string(node.description), "sub": .string(peer.description), "aud": [.string(node.description)],
    "exp": .integer(Int64(now + 900)), "iat": .integer(Int64(now)), "jti": "1", "epoch": 7,
  ]

  @Test func aTokenTellsWhoAndSinceWhichDecision() async throws {
    let content = try await tokens.read(try await token(), now: Self.now)
    #expect(content == .init(peer: Self.peer, epoch: 7, certificate: nil, expires: Self.now + 900))
  }

  @Test func aTokenTellsTheClientCertificateThatItIsBoundTo() async throws {
    let hash = [UInt8](repeating: 0xFB, count: 32)
    let token = try await tokens.issue(to: Self.peer, epoch: 7, certificate: hash, lifetime: 900, now: Self.now)
    let claims = try #require(CompactToken(token)?.claims)
    #expect(claims["cnf"] == ["x5t#S256": .string(Self.base64url(hash))])
    // Twice: read, and remembered.
    for _ in 0..<2 { #expect(try await tokens.read(token, now: Self.now).certificate == hash) }
  }

  @Test func aTokenIsAnHS256JWTWithTheClaimsOfTheContract() async throws {
    let parts = try await token().split(separator: ".").map(String.init)
    #expect(parts.count == 3)
    let decoded = try parts.prefix(2).map { part in
      let text = part.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
      let padded = String(text) + String(repeating: "=", count: (4 - text.count % 4) % 4)
      return try JSONParser.parse(try #require(Data(base64Encoded: padded)))
    }
    #expect(decoded[0] == Self.header)
    #expect(Set(try #require(decoded[1].objectValue).keys) == ["iss", "sub", "aud", "exp", "iat", "jti", "epoch"])
    #expect(decoded[1]["iss"] == .string(Self.node.description))
    #expect(decoded[1]["sub"] == .string(Self.peer.description))
    #expect(decoded[1]["exp"]?.integerValue == Int64(Self.now + 900))
  }

  @Test(arguments: [(0, true), (899, true), (900, false), (100_000, false)])
  func aTokenExpires(_ later: Int, _ isGood: Bool) async throws {
    let token = try await token()
    if isGood {
      #expect(try await tokens.read(token, now: Self.now + later).peer == Self.peer)
    } else {
      let error = await #expect(throws: NodeError.self) { try await tokens.read(token, now: Self.now + later) }
      #expect(error?.message == "the token has expired")
    }
  }

  @Test func aTokenOutlivesARestartOfItsNode() async throws {
    for _ in 0..<20 {
      let restarted = try await Tokens(node: Self.node, secret: Self.secret)
      #expect(try await restarted.read(try await token(), now: Self.now).peer == Self.peer)
    }
  }

  @Test func theClaimsMadeByHandAreGood() async throws {
    // The refusals below are for their one change, not for being made by hand.
    #expect(try await tokens.read(forged(Self.header, .object(Self.claims)), now: Self.now).epoch == 7)
  }

  @Test func anotherNodesTokenIsRefused() async throws {
    let other = HandshakeBench.identity().id
    await expectRefusal(
      try await Tokens(node: other, secret: Random.bytes(32)).issue(
        to: Self.peer, epoch: 7, lifetime: 900, now: Self.now))
    // Not even when both nodes had the same secret.
    await expectRefusal(
      try await Tokens(node: other, secret: Self.secret).issue(to: Self.peer, epoch: 7, lifetime: 900, now: Self.now))
    await expectRefusal(forged(Self.header, .object(Self.claims), secret: [UInt8](repeating: 0, count: 32)))
    await expectRefusal(forged(Self.header, .object(Self.claims), secret: []))
  }

  static let badClaims: [(String, JSONValue?)] = [
    ("iss", .string(peer.description)), ("iss", nil), ("aud", [.string(peer.description)]),
    ("aud", [.string(node.description), .string(peer.description)]), ("aud", nil), ("sub", "peer-x"), ("sub", nil),
    ("aud", []), ("aud", .string(node.description)), ("aud", [7]), ("aud", [:]), ("iss", 7), ("iss", ["a"]), ("sub", 7),
    ("sub", []), ("exp", .integer(.max)), ("exp", .integer(.min)), ("exp", 1e300), ("exp", -1e300), ("exp", -1),
    ("exp", 0),
    ("exp", .integer(Int64(now + 86_401))), ("iat", .integer(.max)), ("iat", .integer(.min)), ("iat", -1),
    ("epoch", -1),
    ("nbf", .integer(Int64(now))), ("cnf", .null), ("cnf", "x"), ("cnf", [:]), ("cnf", ["x5t#S256": "AAAA"]),
    ("cnf", ["x5t#S256": 7]), ("cnf", ["jkt": "AAAA"]), ("jti", 7),
    ("exp", nil), ("exp", "never"), ("epoch", nil), ("epoch", "7"), ("epoch", 7.5), ("iat", nil), ("jti", nil),
  ]

  @Test(arguments: badClaims.indices) func aTokenWithOtherClaimsIsRefused(_ index: Int) async {
    let (name, value) = Self.badClaims[index]
    var claims = Self.claims
    claims[name] = value
    await expectRefusal(forged(Self.header, .object(claims)))
  }

  @Test(
    arguments: [
      ["alg": "none", "typ": "JWT"], ["alg": "None", "typ": "JWT"], ["alg": "HS384", "typ": "JWT"],
      ["alg": "HS512", "typ": "JWT"], ["alg": "RS256", "typ": "JWT"], ["alg": "ES256", "typ": "JWT"],
      ["alg": "hs256", "typ": "JWT"], ["alg": "HS256"], ["typ": "JWT"], [:],
      ["alg": "HS256", "typ": "JWT", "kid": "x"],
      ["alg": "HS256", "typ": "JWT", "kid": "../../../../dev/null"], ["alg": "HS256", "typ": "JWT", "jwk": [:]],
      ["alg": "HS256", "typ": "JWT", "x5u": "http://evil.example"], ["alg": "HS256", "typ": "JWT", "crit": ["exp"]],
      ["alg": ["HS256"], "typ": "JWT"],
    ] as [JSONValue])
  func everyOtherHeaderIsRefused(_ header: JSONValue) async {
    // With the right signature over it, and without any.
    let token = forged(header, .object(Self.claims))
    await expectRefusal(token)
    await expectRefusal(token.split(separator: ".").prefix(2).joined(separator: ".") + ".")
    await expectRefusal(token.split(separator: ".").prefix(2).joined(separator: "."))
  }

  @Test func everyAlteredByteIsNoticed() async throws {
    let token = Array(try await token().utf8)
    var altered = 0
    for index in token.indices {
      var copy = token
      copy[index] = copy[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      await expectRefusal(String(decoding: copy, as: UTF8.self))
      altered += 1
    }
    #expect(altered == token.count)
  }

  /// One spelling a token: what decodes to the same bytes is another text, and another key in every table of tokens.
  @Test func everyOtherSpellingIsRefused() async throws {
    let token = try await token()
    let parts = token.split(separator: ".").map(String.init)
    for spelled in [
      token + "=", token + "==", token + " ", token + "\n", " " + token, token + ".", "." + token,
      parts[0] + "=." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + "=." + parts[2],
      parts[0] + "." + parts[1] + "==." + parts[2],
    ] {
      await expectRefusal(spelled)
    }
    // 32 bytes leave four bits of the last letter unused.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in alphabet where letter != token.last { await expectRefusal(String(token.dropLast()) + String(letter)) }
  }

  /// Libraries differ in which of two they take.
  @Test(
    arguments: ["iss", "sub", "aud", "exp", "iat", "jti", "epoch"])
  func aClaimThatComesTwiceIsRefused(_ name: String) async throws {
    var claims = JSONValue.object(Self.claims).text
    claims.removeLast()
    let value = try #require(Self.claims[name]).text
    await expectRefusal(forged(Self.header.text, claims + ",\"\(name)\":\(value)}"))
    await expectRefusal(forged(#"{"alg":"HS256","typ":"JWT","alg":"HS256"}"#, JSONValue.object(Self.claims).text))
  }

  @Test(arguments: 1...40) func aTruncatedTokenIsRefused(_ piece: Int) async throws {
    let token = try await token()
    await expectRefusal(String(token.prefix(token.utf8.count * piece / 41)))
    await expectRefusal(String(token.dropLast(piece)))
  }

  @Test(arguments: ["", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "é.é.é", "\u{0}", "null", "{}"])
  func whatIsNoTokenIsRefused(_ text: String) async { await expectRefusal(text) }

  @Test func aTokenHasALimit() async throws {
    var claims = Self.claims
    claims["jti"] = .string(String(repeating: "j", count: 1000))
    let long = forged(Self.header, .object(claims))
    #expect(long.utf8.count > Tokens.maximumLength)
    await expectRefusal(long)
    await expectRefusal(String(repeating: "A", count: 1 << 20))
    #expect(try await token().utf8.count < Tokens.maximumLength)
  }
}
