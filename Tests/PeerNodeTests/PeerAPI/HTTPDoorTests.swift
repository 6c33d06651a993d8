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
    Case("GET", "/v1/p2p/peers?status=pending&status=pending", 422, "invalid_arguments"),
    Case("GET", "/v1/p2p/peers?status=%ff", 422, "invalid_arguments"),
    Case("GET", "/v1/p2p/status?verbose", 422, "invalid_arguments"),
    Case("POST", "/v1/p2p/discover?timeout=1", 422, "invalid_arguments", body: "{}"),
    Case("POST", "/v1/p2p/reject/nobody", 422, "invalid_arguments", body: "{\"peer_id\":\"somebody\"}"),
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
      #expect(answer.header("Allow") == "GET, HEAD, POST")
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

  @Test func aNameInThePathMayBeEscaped() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer("office mac ü")
      _ = try await peer.handshake(with: node)
      for path in ["office%20mac%20%C3%BC", "%70eer-\(peer.id.letters.prefix(12))"] {
        let answer = try await Web.get("/v1/p2p/peers/\(path)", from: node.port, plain: true)
        #expect(answer.json["peer_id"] == peer.id.json, "\(answer.json.text)")
      }
    }
  }

  @Test func whatIsCompressedIsRefusedBeforeItIsRead() async throws {
    try await TestNode.run { node in
      for encoding in ["gzip", "deflate", "br", "zstd", "gzip, gzip", "IDENTITY, gzip"] {
        let answer = try await Web.send(
          "POST", "/v1/p2p/discover", to: node.port, headers: [("Content-Encoding", encoding)], body: [1, 2],
          plain: true)
        Self.expectProblem(answer, 415, "unsupported_encoding")
      }
      let plain = try await Web.send(
        "POST", "/v1/p2p/discover", to: node.port,
        headers: [("Content-Encoding", "identity"), ("Accept-Encoding", "gzip, br")],
        body: Array("{\"timeout\":0}".utf8),
        plain: true)
      #expect(plain.status == 200)
      #expect(plain.header("Content-Encoding") == nil)
    }
  }

  /// An answer to HEAD that had a body would be taken for the beginning of the next one.
  @Test func headIsGetWithoutTheBody() async throws {
    try await TestNode.run { node in
      let connection = try await RawConnection.connect(port: node.port)
      for path in ["/health", "/nothing", "/v1/p2p/status"] {
        try await connection.send("HEAD \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
      }
      try await connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      let answer = String(decoding: try await connection.rest(), as: UTF8.self)
      let heads = answer.split(separator: "HTTP/1.1 ")
      #expect(heads.map { $0.prefix(3) } == ["200", "404", "200", "200"], "\(answer)")
      #expect(heads.dropLast().allSatisfy { $0.hasSuffix("\r\n\r\n") && $0.lowercased().contains("content-length: ") })
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
}
