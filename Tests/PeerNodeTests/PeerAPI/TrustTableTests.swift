import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// The trust table over the wire: every endpoint for every kind of caller.
@Suite(.serialized) struct TrustTableTests {
  struct Endpoint: Sendable, CustomTestStringConvertible {
    var method: String
    var path: String
    var body: JSONValue?
    /// The lowest level that may use it.
    var level: TrustLevel
    /// What whoever may use it gets: nobody is called `nobody`.
    var status: Int
    /// The path as the operation table has it.
    var template: String {
      let path = String(path.prefix { $0 != "?" })
      if path.contains("/tasks/") { return path.replacing("nobody", with: "{task_id}") }
      if path.contains("/documents/") { return "/v1/p2p/documents/{id}" }
      if path.contains("/operations/") { return "/v1/p2p/operations/{operation}" }
      return path.hasSuffix("/nobody") ? "\(path.dropLast(6)){peer_id}" : path
    }
    var testDescription: String { "\(method) \(path)" }
    init(_ method: String, _ path: String, _ level: TrustLevel, _ status: Int = 200, body: JSONValue? = nil) {
      (self.method, self.path, self.body, self.level, self.status) = (method, path, body, level, status)
    }
  }

  static let call: JSONValue = ["skill": "text", "tool": "word_count", "arguments": ["text": "a b"]]
  /// The contract's table: another hand than the operation table's, which ``everyRouteIsInTheTable()`` compares.
  static let endpoints: [Endpoint] = [
    Endpoint("POST", "/v1/p2p/auth/handshake", .unknown, 422, body: [:]), Endpoint("GET", "/health", .unknown),
    Endpoint("GET", "/v1/p2p/info", .unknown), Endpoint("GET", "/v1/p2p/reflection", .basic),
    Endpoint("GET", "/openapi.json", .unknown), Endpoint("GET", "/v1/p2p/skills", .trusted),
    Endpoint("POST", "/v1/p2p/skill", .trusted, body: call), Endpoint("GET", "/v1/p2p/audit?limit=5", .basic),
    Endpoint("POST", "/v1/p2p/sync", .trusted, body: [:]), Endpoint("GET", "/v1/p2p/documents", .trusted),
    Endpoint("POST", "/v1/p2p/documents", .trusted, body: ["document": ["name": "a.txt", "text": "a"]]),
    Endpoint("GET", "/v1/p2p/documents/nobody", .trusted, 404),
    Endpoint("DELETE", "/v1/p2p/documents/nobody", .trusted, 404),
    Endpoint("POST", "/v1/p2p/task", .basic, 503, body: ["task": "x"]),
    Endpoint("GET", "/v1/p2p/tasks/nobody", .basic, 404), Endpoint("DELETE", "/v1/p2p/tasks/nobody", .basic, 404),
    Endpoint("GET", "/v1/p2p/tasks/nobody/events", .basic, 404),
    Endpoint("GET", "/v1/p2p/status", .full),
    Endpoint("POST", "/v1/p2p/discover", .full, body: ["timeout": 0]), Endpoint("GET", "/v1/p2p/peers", .full),
    Endpoint("POST", "/v1/p2p/peers", .full, 503, body: ["host": "127.0.0.1", "port": 1]),
    Endpoint("GET", "/v1/p2p/peers/nobody", .full, 404), Endpoint("DELETE", "/v1/p2p/peers/nobody", .full, 404),
    Endpoint("GET", "/v1/p2p/pending", .full), Endpoint("POST", "/v1/p2p/approve/nobody", .full, 404, body: [:]),
    Endpoint("POST", "/v1/p2p/reject/nobody", .full, 404, body: [:]),
    Endpoint("POST", "/v1/p2p/operations/pending.list", .full, body: [:]),
  ]

  private static func send(_ endpoint: Endpoint, _ node: TestNode, token: String?, plain: Bool = false) async throws
    -> Web
  {
    try await Web.send(
      endpoint.method, endpoint.path, to: node.port, token: token, body: endpoint.body?.bytes, plain: plain)
  }

  /// A route that is added or changed must be added or changed here too.
  @Test func everyRouteIsInTheTable() async throws {
    try await TestNode.run { node in
      let document = try await Web.get("/openapi.json", from: node.port).json
      #expect(document["openapi"] == "3.1.0")
      let routes = (document["paths"]?.objectValue ?? [:]).flatMap { path, item in
        (item.objectValue ?? [:]).keys.map { "\($0.uppercased()) \(path)" }
      }
      #expect(Set(routes) == Set(Self.endpoints.map { "\($0.method) \($0.template)" }))
      for endpoint in Self.endpoints {
        let security = document["paths"]?[endpoint.template]?[endpoint.method.lowercased()]?["security"]
        let expected: JSONValue =
          switch endpoint.level {
          case .unknown: [[:]]
          case .full: [[:], ["token": []]]
          default: [["token": []]]
          }
        #expect(security == expected, "\(endpoint.testDescription)")
      }
    }
  }

  @Test func everyLevelGetsWhatTheTableGivesIt() async throws {
    try await TestNode.run { node in
      for level in TrustLevel.grantable {
        let token = try await TestPeer("p-\(level)").enter(node, trust: level.name)
        for endpoint in Self.endpoints {
          let answer = try await Self.send(endpoint, node, token: token)
          let expected = level >= endpoint.level ? endpoint.status : 403
          #expect(answer.status == expected, "\(endpoint.testDescription) at \(level): \(answer.json.text)")
          if expected == 403 { #expect(answer.code == "not_allowed") }
        }
      }
    }
  }

  /// What a caller can bring instead of a good token, at every level it may have.
  @Test(arguments: TrustLevel.all) func aTokenThatIsNotGoodOpensNothing(_ level: TrustLevel) async throws {
    try await TestNode.runTwo { node, other in
      let peer = try TestPeer()
      switch level {
      case .unknown: break
      case .pending: _ = try await peer.handshake(with: node)
      default: _ = try await peer.enter(node, trust: level.name)
      }
      let forger = try await Forger(node, peer)
      let foreign = try await peer.enter(other, trust: "full")
      let good = try forger.token()
      if level >= .trusted {
        #expect(
          try await Web.get("/v1/p2p/skills", from: node.port, token: good).status == 200, "made as the node does")
      }
      var bad = [
        ("expired", try forger.token(["exp": .integer(Int64(Clock.now - 1))])), ("other node's", foreign),
        ("revoked", try forger.token(["epoch": 0])), ("from the future", try forger.token(["epoch": 2])),
        ("for another audience", try forger.token(["aud": [.string(other.id.description)]])),
        (
          "for two audiences", try forger.token(["aud": [.string(node.id.description), .string(other.id.description)]])
        ),
        ("of another issuer", try forger.token(["iss": .string(other.id.description)])),
        ("of a stranger", try forger.token(["sub": .string(HandshakeBench.identity().id.description)])),
        ("without end", try forger.token(["exp": .null])), ("of alg none", try forger.token(header: ["alg": "none"])),
        ("of alg HS512", try forger.token(header: ["alg": "HS512", "typ": "JWT"])), ("garbage", "abc"), ("empty", ""),
        ("altered", String(good.dropLast(3)) + "AAA"), ("oversize", String(repeating: "A", count: 2000)),
      ]
      // Somebody whom no owner has approved has no token that counts, however it was come by.
      if level < .basic { bad.append(("good", good)) }
      for (name, token) in bad {
        for endpoint in Self.endpoints where endpoint.level > .unknown {
          let answer = try await Self.send(endpoint, node, token: token)
          #expect(answer.status == 401, "\(endpoint.testDescription), \(name), at \(level): \(answer.json.text)")
          #expect(answer.code == "unauthenticated")
          #expect(answer.header("WWW-Authenticate") == "Bearer")
        }
      }
      let plain = try await Self.send(Endpoint("GET", "/v1/p2p/status", .full), node, token: bad[0].1, plain: true)
      #expect(plain.status == 401, "on loopback too")
    }
  }

  /// A bad token is no token for the open endpoints: they are open.
  @Test func theOpenEndpointsAskForNoToken() async throws {
    try await TestNode.run { node in
      for endpoint in Self.endpoints where endpoint.level == .unknown {
        for token: String? in [nil, "abc"] {
          let answer = try await Self.send(endpoint, node, token: token)
          #expect(answer.status == endpoint.status)
        }
      }
    }
  }

  /// This process belongs to the owner and calls over loopback.
  @Test(arguments: [true, false]) func withoutATokenTheOwnerOnLoopbackMayDoWhatOwnersMay(_ plain: Bool) async throws {
    try await TestNode.run { node in
      for endpoint in Self.endpoints {
        let answer = try await Self.send(endpoint, node, token: nil, plain: plain)
        let expected = endpoint.level == .full || endpoint.level == .unknown ? endpoint.status : 401
        #expect(answer.status == expected, "\(endpoint.testDescription): \(answer.json.text)")
      }
    }
  }

  @Test(arguments: ["reject", "DELETE", "block", "lower"]) func aDecisionRevokesTheTokenAtTheNextRequest(_ how: String)
    async throws
  {
    try await TestNode.run { node in
      let peer = try TestPeer()
      let token = try await peer.enter(node, trust: "full")
      #expect(try await Web.get("/v1/p2p/skills", from: node.port, token: token).status == 200)
      let id = JSONValue.string(peer.id.description)
      switch how {
      case "reject":
        #expect(try await Web.post("/v1/p2p/reject/\(peer.id)", [:], to: node.port, plain: true).status == 200)
      case "DELETE":
        #expect(try await Web.send("DELETE", "/v1/p2p/peers/\(peer.id)", to: node.port, plain: true).status == 200)
      case "block": _ = try await node.call("peers.block", ["peer_id": id])
      default: _ = try await node.call("peers.trust", ["peer_id": id, "trust": "trusted"])
      }
      let answer = try await Web.get("/v1/p2p/skills", from: node.port, token: token)
      #expect(answer.status == 401)
      #expect(answer.json["detail"] == "the token has been revoked")
    }
  }

  @Test func aRaisedLevelNeedsNoNewToken() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      let token = try await peer.enter(node, trust: "basic")
      #expect(try await Web.get("/v1/p2p/skills", from: node.port, token: token).status == 403)
      _ = try await node.call("peers.trust", ["peer_id": peer.id.json, "trust": "trusted"])
      #expect(try await Web.get("/v1/p2p/skills", from: node.port, token: token).status == 200)
    }
  }

  @Test func aPeerThatWasRemovedAndComesBackBeginsAnew() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      let old = try await peer.enter(node, trust: "full")
      _ = try await node.call("peers.remove", ["peer_id": peer.id.json])
      let new = try await peer.enter(node, trust: "full")
      #expect(try await Web.get("/v1/p2p/skills", from: node.port, token: old).status == 401)
      #expect(try await Web.get("/v1/p2p/skills", from: node.port, token: new).status == 200)
    }
  }
}

/// Makes tokens with a node's own secret, as somebody could who had stolen it or found a way to be signed for.
private struct Forger {
  let secret: [UInt8]
  let claims: [String: JSONValue]

  init(_ node: TestNode, _ peer: TestPeer) async throws {
    let store = try Store(directory: node.folder.path + "/state")
    secret = try store.secret("token secret", count: 32)
    try store.pool.close()
    claims = [
      "iss": .string(node.id.description), "sub": .string(peer.id.description),
      "aud": [.string(node.id.description)], "exp": .integer(Int64(Clock.now + 900)), "iat": .integer(Int64(Clock.now)),
      "jti": "1", "epoch": 1,
    ]
  }

  func token(_ changes: [String: JSONValue] = [:], header: JSONValue = TokenTests.header) throws -> String {
    TokenTests.forged(header, .object(claims.merging(changes) { $1 }), secret: secret)
  }
}
