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
    var testDescription: String { "\(method) \(path)" }
    init(_ method: String, _ path: String, _ level: TrustLevel, _ status: Int = 200, body: JSONValue? = nil) {
      (self.method, self.path, self.body, self.level, self.status) = (method, path, body, level, status)
    }
  }

  static let call: JSONValue = ["skill": "text", "tool": "word_count", "arguments": ["text": "a b"]]
  static let endpoints: [Endpoint] = [
    Endpoint("GET", "/health", .unknown), Endpoint("GET", "/v1/p2p/info", .unknown),
    Endpoint("GET", "/openapi.json", .unknown), Endpoint("GET", "/v1/p2p/skills", .trusted),
    Endpoint("POST", "/v1/p2p/skill", .trusted, body: call), Endpoint("GET", "/v1/p2p/audit?limit=5", .basic),
    Endpoint("GET", "/v1/p2p/status", .full),
    Endpoint("POST", "/v1/p2p/discover", .full, body: ["timeout": 0]), Endpoint("GET", "/v1/p2p/peers", .full),
    Endpoint("POST", "/v1/p2p/peers", .full, 503, body: ["host": "127.0.0.1", "port": 1]),
    Endpoint("GET", "/v1/p2p/peers/nobody", .full, 404), Endpoint("DELETE", "/v1/p2p/peers/nobody", .full, 404),
    Endpoint("GET", "/v1/p2p/pending", .full), Endpoint("POST", "/v1/p2p/approve/nobody", .full, 404, body: [:]),
    Endpoint("POST", "/v1/p2p/reject/nobody", .full, 404, body: [:]),
  ]

  private static func send(_ endpoint: Endpoint, _ node: TestNode, token: String?, plain: Bool = false) async throws
    -> Web
  {
    try await Web.send(
      endpoint.method, endpoint.path, to: node.port, token: token, body: endpoint.body?.bytes, plain: plain)
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

  @Test func aTokenThatIsNotGoodOpensNothing() async throws {
    try await TestNode.runTwo { node, other in
      let peer = try TestPeer()
      _ = try await peer.enter(node, trust: "full")
      let foreign = try await peer.enter(other, trust: "full")
      let store = try Store(directory: node.folder.path + "/state")
      let tokens = try await Tokens(node: node.id, secret: try store.secret("token secret", count: 32))
      let epoch: Int64 = 1
      let good = try await tokens.issue(to: peer.id, epoch: epoch, lifetime: 900, now: Clock.now)
      #expect(try await Web.get("/v1/p2p/skills", from: node.port, token: good).status == 200, "made as the node does")
      let expired = try await tokens.issue(to: peer.id, epoch: epoch, lifetime: -1, now: Clock.now)
      let revoked = try await tokens.issue(to: peer.id, epoch: epoch - 1, lifetime: 900, now: Clock.now)
      let stranger = try await tokens.issue(to: HandshakeBench.identity().id, epoch: 0, lifetime: 900, now: Clock.now)
      let bad = [
        ("expired", expired), ("other node's", foreign), ("revoked", revoked), ("stranger's", stranger),
        ("garbage", "abc"), ("altered", String(good.dropLast(3)) + "AAA"),
        ("oversize", String(repeating: "A", count: 2000)),
      ]
      for (name, token) in bad {
        for endpoint in Self.endpoints where endpoint.level > .unknown {
          for plain in [false, true] {
            let answer = try await Self.send(endpoint, node, token: token, plain: plain)
            #expect(answer.status == 401, "\(endpoint.testDescription) with \(name) token: \(answer.json.text)")
            #expect(answer.code == "unauthenticated")
            #expect(answer.header("WWW-Authenticate") == "Bearer")
          }
        }
      }
      try store.pool.close()
    }
  }

  /// This process belongs to the owner and calls over loopback.
  @Test(arguments: [true, false]) func withoutATokenTheOwnerOnLoopbackMayDoWhatOwnersMay(_ plain: Bool) async throws {
    try await TestNode.run { node in
      for endpoint in Self.endpoints {
        let answer = try await Self.send(endpoint, node, token: nil, plain: plain)
        let expected = [.basic, .trusted].contains(endpoint.level) ? 401 : endpoint.status
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
