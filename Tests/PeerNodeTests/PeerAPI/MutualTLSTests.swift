import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Client certificates: which are taken, what a token on one is worth, and what `required` refuses.
@Suite(.serialized) struct MutualTLSTests {
  static let handshake = "/v1/p2p/auth/handshake"

  static func fixture(_ name: String) -> Web.Style {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    return Web.Style(certificate: root + "/Fixtures/tls/\(name).crt", key: root + "/Fixtures/tls/\(name).key")
  }

  static func require(_ configuration: inout Configuration) { configuration.p2p.tls.mutual = .required }

  @Test func nodesShowTheirCertificatesToEachOther() async throws {
    try await TestNode.runTwo(configure: Self.require) { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      #expect(try await TwoNodesTests.callBeta(alpha)["success"] == true)
      let peer = try await alpha.call("p2p.peer_status", ["peer_id": "beta"])
      #expect(peer["online"] == true)
    }
  }

  /// Names, dates and authorities mean nothing; only the key counts, and that nobody else vouches for it.
  @Test(arguments: ["plain", "expired", "future", "authority", "sha384"])
  func aSelfSignedCertificateOfAP256KeyIsTaken(_ name: String) async throws {
    try await TestNode.run { node in
      let answer = try await Web.get("/health", from: node.port, style: Self.fixture(name))
      #expect(answer.status == 200)
    }
    try await TestNode.run(configure: Self.require) { node in
      let answer = try await Web.get("/health", from: node.port, style: Self.fixture(name))
      #expect(answer.status == 200)
    }
  }

  @Test(arguments: ["rsa", "p384", "issued", "pretended", "chain"])
  func anyOtherCertificateIsRefusedInTheTLSHandshake(_ name: String) async throws {
    try await TestNode.run { node in
      await #expect(throws: (any Error).self) {
        try await Web.get("/health", from: node.port, style: Self.fixture(name))
      }
      let bare = try await Web.get("/health", from: node.port)
      #expect(bare.status == 200, "without any it is served")
    }
  }

  @Test func requiredRefusesTLSWithoutCertificateAndLeavesTheOwnerAlone() async throws {
    try await TestNode.run(configure: Self.require) { node in
      for path in ["/health", "/v1/p2p/info", "/v1/p2p/skills", "/v1/p2p/status"] {
        await #expect(throws: (any Error).self) { try await Web.get(path, from: node.port) }
      }
      #expect(try await Web.get("/v1/p2p/status", from: node.port, plain: true).status == 200)
      #expect(try await Web.get("/health", from: node.port, plain: true).status == 200)
      let hello = try await Web.post(
        Self.handshake, try TestPeer().machine(for: node).first.json, to: node.port, plain: true)
      #expect(hello.status == 403)
      #expect(hello.json["detail"] == "a client certificate is needed here (p2p.tls.mutual: required)")
      #expect(hello.json["hint"]?.stringValue?.contains("--cert") == true)
    }
  }

  @Test func theHellosKeyMustBeTheCertificates() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      let answer = try await Web.post(
        Self.handshake, try peer.machine(for: node).first.json, to: node.port, style: Self.fixture("plain"))
      #expect(answer.status == 401)
      #expect(
        answer.json["detail"]?.stringValue?.hasPrefix("the client certificate of this connection belongs to") == true)
      #expect(try await node.call("p2p.list_peers")["count"] == 0)
    }
  }

  @Test func theProofMustComeWithTheCertificateOfItsPeerToo() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      _ = try await peer.enter(node, trust: "basic")
      var machine = try peer.machine(for: node)
      let challenge = try await Web.post(Self.handshake, machine.first.json, to: node.port)
      guard case .send(let proof) = try machine.receive(HandshakeReply(json: challenge.json)) else {
        throw TestFailure("no proof to send")
      }
      let answer = try await Web.post(Self.handshake, proof.json, to: node.port, style: Self.fixture("plain"))
      #expect(answer.status == 401)
    }
  }

  @Test(arguments: [false, true]) func aTokenIsGoodWithItsCertificateOnly(_ isHTTP2: Bool) async throws {
    try await TestNode.run { node in
      let peer = try TestPeer("certified", isCertified: true)
      let token = try await peer.enter(node, trust: "trusted")
      #expect(
        CompactToken(token)?.claims["cnf"]?["x5t#S256"]?.stringValue
          == Base64.encodeURL(peer.identity.certificateHash))
      func ask(_ style: Web.Style) async throws -> Web {
        try await Web.get("/v1/p2p/skills", from: node.port, token: token, style: style)
      }
      // Twice: a token that has been verified once is remembered.
      for _ in 0..<2 {
        #expect(try await ask(peer.style(isHTTP2: isHTTP2)).status == 200)
        let bare = try await ask(Web.Style(isHTTP2: isHTTP2))
        HTTPDoorTests.expectProblem(bare, 401, "unauthenticated")
        #expect(
          bare.json["detail"] == "the token is bound to a client certificate, and this connection has none")
        var other = Self.fixture("plain")
        other.isHTTP2 = isHTTP2
        let foreign = try await ask(other)
        HTTPDoorTests.expectProblem(foreign, 401, "unauthenticated")
        #expect(
          foreign.json["detail"] == "the token is bound to another client certificate than this connection's")
      }
      let plain = try await Web.get("/v1/p2p/skills", from: node.port, token: token, plain: true)
      #expect(plain.status == 401, "loopback is no certificate")
    }
  }

  @Test func withoutCertificateATokenIsNotBoundUnlessOneIsRequired() async throws {
    let folder = TemporaryFolder()
    let peer = try TestPeer("curl")
    var certified = peer
    certified.isCertified = true
    var token = ""
    try await TestNode.run(in: folder) { node in
      token = try await peer.enter(node, trust: "trusted")
      #expect(CompactToken(token)?.claims["cnf"] == nil)
      #expect(try await Web.get("/v1/p2p/skills", from: node.port, token: token).status == 200)
      let own = try await Web.get("/v1/p2p/skills", from: node.port, token: token, style: certified.style())
      #expect(own.status == 200)
      let thief = try await Web.get(
        "/v1/p2p/skills", from: node.port, token: token, style: Self.fixture("plain"))
      #expect(thief.status == 401)
      #expect(
        thief.json["detail"] == "the token is another node's than this connection's client certificate")
    }
    try await TestNode.run(in: folder, configure: Self.require) { node in
      let answer = try await Web.get("/v1/p2p/skills", from: node.port, token: token, style: certified.style())
      #expect(answer.status == 401)
      #expect(answer.json["detail"]?.stringValue?.hasPrefix("the token is not bound to a client certificate") == true)
    }
  }
}
