import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// The HTTP API's manners: shapes of errors, limits, browsers, odd clients.
@Suite(.serialized) struct HTTPDoorTests {
  /// A refusal has one shape whatever refuses (RFC 9457), and tells nothing about this machine.
  static func expectProblem(
    _ answer: Web, _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(answer.status == status, "\(answer.json.text)", sourceLocation: sourceLocation)
    #expect(answer.code == code, "\(answer.json.text)", sourceLocation: sourceLocation)
    #expect(answer.header("Content-Type") == "application/problem+json", sourceLocation: sourceLocation)
    #expect(answer.json["status"] == .integer(Int64(status)), sourceLocation: sourceLocation)
    #expect(answer.json["title"]?.stringValue?.isEmpty == false, sourceLocation: sourceLocation)
    #expect(answer.json["detail"]?.stringValue?.isEmpty == false, sourceLocation: sourceLocation)
    for secret in ["/tmp", "/home", ".swift", "PeerNode", "Optional("] {
      #expect(!answer.json.text.contains(secret), sourceLocation: sourceLocation)
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var method: String
    var path: String
    var body: String?
    var status: Int
    var code: String
    var testDescription: String { "\(method) \(path) \(body?.prefix(40) ?? "")" }
    init(_ method: String, _ path: String, _ status: Int, _ code: String, body: String? = nil) {
      (self.method, self.path, self.body, self.status, self.code) = (method, path, body, status, code)
    }
  }

  static let cases: [Case] = [
    Case("GET", "/", 404, "not_found"), Case("GET", "/v1/p2p", 404, "not_found"),
    Case("GET", "/v1/p2p/status/x", 404, "not_found"), Case("GET", "/../../etc/passwd", 404, "not_found"),
    Case("GET", "/%2e%2e/%2e%2e/etc/passwd", 404, "not_found"),
    Case("POST", "/v1/p2p/nothing", 404, "not_found", body: "{}"),
    Case("POST", "/health", 405, "method_not_allowed", body: "{}"),
    Case("DELETE", "/v1/p2p/peers", 405, "method_not_allowed"),
    Case("PUT", "/v1/p2p/peers/abc", 405, "method_not_allowed", body: "{}"),
    Case("GET", "/v1/p2p/discover", 405, "method_not_allowed"),
    Case("PATCH", "/v1/p2p/auth/handshake", 405, "method_not_allowed", body: "{}"),
    Case("BREW", "/health", 400, "malformed"),
    Case("POST", "/v1/p2p/peers", 400, "malformed", body: "{"),
    Case("POST", "/v1/p2p/peers", 400, "malformed", body: "host=1.2.3.4"),
    Case("POST", "/v1/p2p/peers", 400, "malformed", body: "{\"host\":\"a\",\"host\":\"b\"}"),
    Case("POST", "/v1/p2p/peers", 400, "malformed", body: String(repeating: "[", count: 100_000)),
    Case("POST", "/v1/p2p/peers", 422, "invalid_arguments", body: "[]"),
    Case("POST", "/v1/p2p/peers", 422, "invalid_arguments", body: "{}"),
    Case("POST", "/v1/p2p/peers", 422, "invalid_arguments", body: ""),
    Case("POST", "/v1/p2p/peers", 422, "invalid_arguments", body: "{\"host\":1}"),
    Case("POST", "/v1/p2p/peers", 422, "invalid_arguments", body: "{\"host\":\"a\",\"prot\":1}"),
    Case("POST", "/v1/p2p/peers", 422, "invalid_arguments", body: "{\"host\":\"a b\"}"),
    Case("POST", "/v1/p2p/discover", 422, "invalid_arguments", body: "{\"timeout\":61}"),
    Case("GET", "/v1/p2p/peers?status=gone", 422, "invalid_arguments"),
    Case("GET", "/v1/p2p/peers?x=1", 422, "invalid_arguments"),
    Case("POST", "/v1/p2p/approve/nobody", 422, "invalid_arguments", body: "{\"trust\":\"owner\"}"),
    Case("GET", "/v1/p2p/peers/nobody", 404, "peer_not_found"),
    Case("POST", "/v1/p2p/auth/handshake", 400, "malformed", body: ""),
    Case("POST", "/v1/p2p/auth/handshake", 422, "invalid_arguments", body: "{}"),
    Case("GET", "/v1/p2p/skills", 401, "unauthenticated"),
    Case("POST", "/v1/p2p/skill", 401, "unauthenticated", body: "{"),
  ]

  @Test(arguments: [true, false]) func everyRefusalHasItsStatusAndShape(_ plain: Bool) async throws {
    try await TestNode.run { node in
      for test in Self.cases {
        let answer = try await Web.send(
          test.method, test.path, to: node.port, body: test.body.map { Array($0.utf8) }, plain: plain)
        Self.expectProblem(answer, test.status, test.code)
        if answer.status != test.status { Issue.record("\(test.testDescription)") }
      }
    }
  }

  @Test func aMethodThatIsNotAllowedNamesThoseThatAre() async throws {
    try await TestNode.run { node in
      let answer = try await Web.send("PUT", "/v1/p2p/peers", to: node.port, plain: true)
      #expect(answer.header("Allow") == "GET, POST")
    }
  }

  @Test(arguments: [
    nil, "application/x-www-form-urlencoded", "text/plain", "application/json; charset=utf-8", "nonsense",
  ])
  func aJSONBodyIsReadWhateverItsContentType(_ type: String?) async throws {
    try await TestNode.run { node in
      let answer = try await Web.send(
        "POST", "/v1/p2p/discover", to: node.port, headers: type.map { [("Content-Type", $0)] } ?? [],
        body: Array("{\"timeout\":0}".utf8), plain: true)
      #expect(answer.status == 200, "\(answer.json.text)")
      #expect(answer.json["discovered"] == 0)
      #expect(answer.json["peers"] == [])
    }
  }

  @Test func aBodyHasALimit() async throws {
    try await TestNode.run { node in
      let large = [UInt8](repeating: 0x20, count: PeerRouter.maximumBody + 1)
      let answer = try await Web.send("POST", "/v1/p2p/discover", to: node.port, body: large, plain: true)
      Self.expectProblem(answer, 413, "too_large")
      #expect(try await Web.get("/health", from: node.port, plain: true).status == 200)
    }
  }

  // MARK: Browsers

  @Test(arguments: [
    ("Origin", "http://localhost"), ("Origin", "null"), ("Referer", "http://evil.example/"),
    ("Sec-Fetch-Site", "same-origin"), ("Host", "evil.example"), ("Host", "localhost.evil.example"),
    ("Host", "192.0.2.1"),
    ("Host", "0.0.0.0"), ("Host", "127.0.0.1.evil.example:8765"),
  ])
  func aBrowserIsRefused(_ name: String, _ value: String) async throws {
    try await TestNode.run { node in
      for (method, path) in [("GET", "/v1/p2p/status"), ("POST", "/v1/p2p/discover"), ("DELETE", "/v1/p2p/peers/x")] {
        for plain in [true, false] {
          let answer = try await Web.send(method, path, to: node.port, headers: [(name, value)], plain: plain)
          Self.expectProblem(answer, 403, "not_allowed")
        }
      }
    }
  }

  @Test func aPageWithAStolenTokenIsRefusedToo() async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "full")
      let answer = try await Web.send(
        "GET", "/v1/p2p/peers", to: node.port, token: token, headers: [("Origin", "http://a")])
      Self.expectProblem(answer, 403, "not_allowed")
    }
  }

  @Test(arguments: ["localhost", "LOCALHOST:8765", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8765"])
  func theLoopbackHasItsNames(_ host: String) async throws {
    #expect(OwnerProof.isLoopback(authority: host))
    try await TestNode.run { node in
      let answer = try await Web.send("GET", "/v1/p2p/status", to: node.port, headers: [("Host", host)], plain: true)
      #expect(answer.status == 200)
    }
  }

  // MARK: The open endpoints

  @Test(arguments: [true, false]) func anybodyMayAskWhoAndHow(_ plain: Bool) async throws {
    try await TestNode.run("werk") { node in
      let health = try await Web.get("/health", from: node.port, plain: plain)
      #expect(health.status == 200)
      #expect(health.json == ["status": "ok"])
      let info = try await Web.get("/v1/p2p/info", from: node.port, plain: plain)
      #expect(info.json["name"] == "werk")
      #expect(info.json["peer_id"] == node.id.json)
      #expect(info.json["protocol"] == "1.0")
      #expect(info.header("Content-Type") == "application/json")
    }
  }

  @Test func theOpenAPIDocumentHasEveryRoute() async throws {
    try await TestNode.run { node in
      let document = try await Web.get("/openapi.json", from: node.port).json
      #expect(document["openapi"] == "3.1.0")
      let paths = document["paths"]?.objectValue ?? [:]
      for endpoint in TrustTableTests.endpoints where endpoint.path != "/openapi.json" {
        let path = endpoint.path.hasSuffix("/nobody") ? String(endpoint.path.dropLast(6)) + "{peer_id}" : endpoint.path
        #expect(paths[path]?[endpoint.method.lowercased()] != nil, "\(endpoint.method) \(path)")
      }
    }
  }
}
