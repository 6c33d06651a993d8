import FoundationEssentials
import PeerModel
import Testing

@testable import PeerNode

/// The messages as they are on the wire, and what they say about what is malformed.
@Suite struct HandshakeMessageTests {
  static let golden: JSONValue = {
    let path = fixture("messages.json")
    guard let text = try? String(contentsOfFile: path, encoding: .utf8), let json = try? JSONParser.parse(text) else {
      preconditionFailure("\(path) is missing")
    }
    return json
  }()

  static func fixture(_ name: String) -> String {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
      + "/Fixtures/wire/handshake/\(name)"
  }

  static func message(_ name: String) -> JSONValue { golden[name] ?? .null }

  @Test(arguments: ["hello", "proof"]) func requestsAreReadAndWrittenAsInTheFixture(_ name: String) throws {
    #expect(try HandshakeRequest(json: Self.message(name)).json == Self.message(name))
  }

  @Test(arguments: ["pending", "challenge", "authenticated"])
  func repliesAreReadAndWrittenAsInTheFixture(_ name: String) throws {
    #expect(try HandshakeReply(json: Self.message(name)).json == Self.message(name))
  }

  @Test func onlyWaitingIsNot200() throws {
    let status = try ["pending", "challenge", "authenticated"].map { try HandshakeReply(json: Self.message($0)).status }
    #expect(status == [202, 200, 200])
  }

  /// A change to one member of the hello and what is said about it; nil removes the member.
  static let badHellos: [(String, JSONValue?, String)] = [
    ("step", nil, "/step: missing"), ("step", "hi", "/step: must be hello, proof, join or invitation"),
    ("step", 1, "/step: expected a string, got integer"), ("version", nil, "/version: missing"),
    ("version", "1", "/version: expected MAJOR.MINOR"), ("version", 1.5, "/version: expected a string, got number"),
    ("peer_id", "peer-x", "/peer_id: expected a peer id: peer- and 32 letters"), ("peer_id", nil, "/peer_id: missing"),
    ("name", nil, "/name: missing"),
    ("name", "a/b", "/name: 1 to 63 bytes of plain text, without / and ~, not beginning with a dash"),
    ("name", "a~2", "/name: 1 to 63 bytes of plain text, without / and ~, not beginning with a dash"),
    ("name", "", "/name: 1 to 63 bytes of plain text, without / and ~, not beginning with a dash"),
    ("name", "a\u{1B}[2J", "/name: 1 to 63 bytes of plain text, without / and ~, not beginning with a dash"),
    ("name", "a\u{202E}b", "/name: 1 to 63 bytes of plain text, without / and ~, not beginning with a dash"),
    (
      "name", .string(String(repeating: "é", count: 32)),
      "/name: 1 to 63 bytes of plain text, without / and ~, not beginning with a dash"
    ),
    ("port", nil, "/port: missing"), ("port", -1, "/port: not a TCP port"), ("port", 65536, "/port: not a TCP port"),
    ("port", "1", "/port: expected an integer, got string"), ("public_key", nil, "/public_key: missing"),
    ("public_key", "AAAA", "/public_key: expected base64 of 91 bytes"),
    ("public_key", "!", "/public_key: expected base64 of 91 bytes"),
    (
      "public_key", .string(Base64.encode([UInt8](repeating: 0, count: 91))),
      "/public_key: not a P-256 SubjectPublicKeyInfo"
    ),
    ("nonce", nil, "/nonce: missing"),
    ("nonce", .string(Base64.encode([UInt8](repeating: 0, count: 31))), "/nonce: expected base64 of 32 bytes"),
    ("signature", .string(Base64.encode([UInt8](repeating: 0, count: 65))), "/signature: expected base64 of 64 bytes"),
    ("signature", 1, "/signature: expected a string, got integer"),
  ]

  @Test(arguments: badHellos.indices) func aBadHelloIsRefusedByItsField(_ index: Int) {
    let (name, value, message) = Self.badHellos[index]
    var members = Self.message("hello").objectValue ?? [:]
    members[name] = value
    let json = JSONValue.object(members)
    expectRefusal(.invalidArguments, message) { try HandshakeRequest(json: json) }
  }

  /// A point that is not on the curve, and the other encodings of a key that is.
  @Test func onlyTheOneEncodingOfAKeyIsTaken() throws {
    let key = HandshakeBench.identity().publicKey
    #expect(IdentityKey(der: key.der) == key)
    var offCurve = key.der
    offCurve[90] ^= 1
    #expect(IdentityKey(der: offCurve) == nil)
    var otherCurve = key.der
    otherCurve[22] ^= 1
    #expect(IdentityKey(der: otherCurve) == nil)
    #expect(IdentityKey(der: key.der + [0]) == nil)
    #expect(IdentityKey(der: Array(key.der.dropLast())) == nil)
    #expect(IdentityKey(der: []) == nil)
  }

  @Test(arguments: [
    ("AAAB", 3), ("AAA=", 2), ("AA==", 1), ("", 0),
  ])
  func base64IsDecoded(_ text: String, _ count: Int) throws {
    #expect(try Base64.decode(text, count: count, field: "f").count == count)
  }

  @Test(arguments: [
    "AAB=", "AB==", "AA", "AAA", "A A=", "AA==AA==", "AA=A", "AAA\n", "AA-_", "====", "AAAA",
  ])
  func base64IsStrict(_ text: String) {
    expectRefusal(.invalidArguments, "/f: expected base64 of 2 bytes") { try Base64.decode(text, count: 2, field: "f") }
  }

  static let badReplies: [(String, String, JSONValue?, String)] = [
    ("pending", "status", "who", "unknown handshake status who"), ("pending", "status", nil, "/status: missing"),
    ("pending", "public_key", nil, "/public_key: missing"),
    ("pending", "name", "a/b", "/name: 1 to 63 bytes of plain text, without / and ~, not beginning with a dash"),
    ("challenge", "session", 1, "/session: expected a string, got integer"),
    ("challenge", "nonce", "AA==", "/nonce: expected base64 of 32 bytes"),
    ("challenge", "proof", nil, "/proof: missing"), ("authenticated", "token", nil, "/token: missing"),
    ("authenticated", "expires_in", "1", "/expires_in: expected an integer, got string"),
    ("authenticated", "trust_level", nil, "/trust_level: missing"),
  ]

  @Test(arguments: badReplies.indices) func aBadReplyIsRefusedByItsField(_ index: Int) {
    let (name, field, value, message) = Self.badReplies[index]
    var members = Self.message(name).objectValue ?? [:]
    members[field] = value
    let error = #expect(throws: NodeError.self) { try HandshakeReply(json: .object(members)) }
    #expect(error?.message == message)
  }
}
