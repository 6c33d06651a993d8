import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Nodes that change their keys, and the peers that go on with them.
@Suite(.serialized) struct RotationTests {
  static let path = "/v1/p2p/auth/handshake"

  /// Both approve each other, and know where the other is.
  static func befriend(_ alpha: TestNode, _ beta: TestNode) async throws {
    try await TwoNodesTests.introduce(alpha, to: beta)
    _ = try await beta.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(alpha.port))])
    _ = try await alpha.call("p2p.approve_peer", ["peer_id": "beta", "trust": "basic"])
  }

  static func rotate(_ node: TestNode) async throws -> PeerID {
    let answer = try await node.call("identity.rotate")
    return try PeerID(json: answer["peer_id"] ?? .null)
  }

  @Test func anApprovedPeerFollowsAtOnceAndKeepsWhatWasDecided() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await Self.befriend(alpha, beta)
      #expect(try await TwoNodesTests.callBeta(alpha)["success"] == true)
      let before = try await beta.call("p2p.peer_status", ["peer_id": "alpha"])
      let watching = try await LocalSocket(beta.socket)
      try await watching.send(method: "events.subscribe")
      let new = try await Self.rotate(alpha)
      #expect(new != alpha.id)
      let status = try await alpha.call("p2p.p2p_status")
      #expect(status["peer_id"] == new.json, "it serves with the new key")
      #expect(status["listen_port"] == .integer(Int64(alpha.port)), "at the same place")
      // Alpha tells beta by itself.
      var event: JSONValue = .null
      while event["type"] != "peer_rotated" {
        event = try await watching.next()["params"]?["value"] ?? .null
      }
      #expect(event["peer"]?["peer_id"] == new.json)
      #expect(event["detail"] == alpha.id.json)
      await watching.close()
      let after = try await beta.call("p2p.peer_status", ["peer_id": new.json])
      for field in ["name", "status", "trust", "approved_by", "host", "port"] {
        #expect(after[field] == before[field], "\(field)")
      }
      #expect(after["verification_code"] != before["verification_code"])
      #expect(try await beta.call("p2p.list_peers")["count"] == 1)
      #expect(try await TwoNodesTests.callBeta(alpha)["success"] == true)
      // By its old id too.
      #expect(try await beta.call("p2p.peer_status", ["peer_id": alpha.id.json])["peer_id"] == new.json)
    }
  }

  @Test func aCallerThatMeetsTheNewKeyFollowsAndGoesOn() async throws {
    try await TestNode.runTwo { alpha, beta in
      // Alpha has not approved beta: nobody tells it anything.
      try await TwoNodesTests.introduce(alpha, to: beta)
      #expect(try await TwoNodesTests.callBeta(alpha)["success"] == true)
      let new = try await Self.rotate(beta)
      // A connection that is open may still be answered by the old one; every call succeeds.
      try await eventually("alpha meets the new key") {
        #expect(try await TwoNodesTests.callBeta(alpha)["success"] == true)
        return try await alpha.call("p2p.peer_status", ["peer_id": "beta"])["peer_id"] == new.json
      }
      let newest = try await Self.rotate(beta)
      try await eventually("alpha meets the newest key") {
        let again = try await alpha.call("skills.list", ["peer_id": new.json])
        #expect(again["skills"]?.arrayValue?.isEmpty == false)
        return try await alpha.call("p2p.peer_status", ["peer_id": "beta"])["peer_id"] == newest.json
      }
    }
  }

  @Test func aPeerThatWasOffFollowsWhenItIsBack() async throws {
    let folder = TemporaryFolder()
    try await TestNode.run("alpha") { alpha in
      var port = 0
      try await TestNode.run("beta", in: folder) { beta in
        try await Self.befriend(alpha, beta)
        port = beta.port
      }
      for _ in 0..<3 { _ = try await Self.rotate(alpha) }
      let newest = try await alpha.call("identity.show")
      #expect(newest["former"]?.arrayValue?.count == 3)
      try await TestNode.run("beta", in: folder, configure: { $0.p2p.listenPort = port }) { beta in
        let skills = try await beta.call(
          "peers.can", ["peer_id": "alpha", "action": "run_task"])
        #expect(skills["there"]?["rule"] == "alpha gives this node trust level basic")
        let peer = try await beta.call("p2p.peer_status", ["peer_id": "alpha"])
        #expect(peer["peer_id"] == newest["peer_id"])
        #expect(peer["trust"] == "trusted")
        // And the other way round.
        #expect(try await TwoNodesTests.callBeta(alpha)["success"] == true)
      }
    }
  }

  @Test func theAnswerComesBeforeTheNodeStartsAnewAndTokensEnd() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      let token = try await peer.enter(node, trust: "trusted")
      #expect(try await Web.get("/v1/p2p/skills", from: node.port, token: token).status == 200)
      let local = try await LocalSocket(node.socket)
      let answer = try await local.call("identity.rotate")
      await local.close()
      #expect(answer["former"] == node.id.json)
      #expect(answer["sequence"] == 1)
      #expect(answer["peers"] == 1)
      let identity = try await node.call("identity.show")
      #expect(identity["peer_id"] == answer["peer_id"])
      #expect(identity["former"]?.arrayValue?.first?["peer_id"] == node.id.json)
      let old = try await Web.get("/v1/p2p/skills", from: node.port, token: token)
      #expect(old.status == 401)
      let info = try await Web.get("/v1/p2p/info", from: node.port)
      #expect(info.json["peer_id"] == answer["peer_id"])
      let chain = try RotationChain(json: info.json["rotations"] ?? .null)
      #expect(chain.newest?.old.id == node.id)
      #expect(throws: Never.self) { try chain.verify() }
      let store = try Store(directory: node.folder.path + "/state")
      let audit = try await store.pool.read { try AuditEntry.fetchAll($0) }
      #expect(audit.contains { $0.operation == "rotate_identity" && $0.subject == answer["peer_id"]?.stringValue })
    }
  }

  @Test func connectionsWaitWhileTheNodeStartsAnew() async throws {
    try await TestNode.run { node in
      _ = try await node.call("identity.rotate")
      // At this very moment nobody accepts.
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<10 { group.addTask { try await Web.get("/health", from: node.port, plain: true).status } }
        return try await group.reduce(into: [Int]()) { $0.append($1) }
      }
      #expect(statuses == Array(repeating: 200, count: 10))
    }
  }

  @Test func twoChangesAtOneMomentAreOneOrOneAfterTheOther() async throws {
    try await TestNode.run { node in
      let outcomes = await withTaskGroup(of: Result<JSONValue, any Error>.self) { group in
        for _ in 0..<4 {
          group.addTask {
            do { return .success(try await node.call("identity.rotate")) } catch { return .failure(error) }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      let done = outcomes.compactMap { try? $0.get()["sequence"]?.integerValue }.sorted()
      #expect(done == Array(1...Int64(max(1, done.count))))
      let shown = try await node.call("identity.show")
      #expect(shown["former"]?.arrayValue?.count == done.count)
    }
  }

  @Test func onlyTheLocalOwnerMayChangeTheKey() async throws {
    try await TestNode.run { node in
      let token = try await TestPeer().enter(node, trust: "full")
      for path in ["/v1/p2p/identity", "/v1/p2p/identity/rotate", "/v1/p2p/rotate"] {
        #expect(try await Web.post(path, [:], to: node.port, token: token).status == 404)
      }
      #expect(try await node.call("identity.show")["peer_id"] == node.id.json)
    }
  }

  // MARK: What a hello may claim

  @Test func theOldKeyIsRefusedForGood() async throws {
    try await TestNode.run { node in
      let old = try TestPeer("line")
      _ = try await old.enter(node, trust: "trusted")
      let new = try old.rotated()
      guard case .token(_, let trust) = try await new.handshake(with: node) else { throw TestFailure("not followed") }
      #expect(trust == .trusted)
      for peer in [old, old] {
        guard case .refused(let answer) = try await peer.handshake(with: node) else { throw TestFailure("not refused") }
        HTTPDoorTests.expectProblem(answer, 403, "identity_replaced")
        #expect(
          answer.json["detail"]?.stringValue
            == "\(old.id) has changed its key and is \(new.id) now; the old key is refused for good")
      }
      // A second way on from the old key.
      let thief = try TestPeer("thief")
      var hello = try Self.hello(of: thief, to: node)
      hello["rotations"] = [
        try RotationStatement(from: old.identity, to: thief.identity, sequence: 7, time: 1_900_000_000).json
      ]
      let answer = try await Web.post(Self.path, .object(hello), to: node.port)
      HTTPDoorTests.expectProblem(answer, 403, "identity_replaced")
      #expect(try await node.call("p2p.list_peers")["count"] == 1)
    }
  }

  private static func hello(of peer: TestPeer, to node: TestNode) throws -> [String: JSONValue] {
    try #require(try peer.machine(for: node).first.json.objectValue)
  }

  @Test func aStatementThatIsForgedOrStolenMovesNothing() async throws {
    try await TestNode.run { node in
      let victim = try TestPeer("victim")
      _ = try await victim.enter(node, trust: "full")
      let thief = try TestPeer("thief")
      // Signed by the thief on both sides.
      var forged = try RotationStatement(from: thief.identity, to: try TestPeer().identity, sequence: 1, time: 1)
      (forged.old, forged.new) = (victim.identity.publicKey, thief.identity.publicKey)
      var hello = try Self.hello(of: thief, to: node)
      hello["rotations"] = [forged.json]
      HTTPDoorTests.expectProblem(try await Web.post(Self.path, .object(hello), to: node.port), 401, "unauthenticated")
      // A true one, of another's new key.
      let rotated = try victim.rotated()
      hello["rotations"] = rotated.identity.rotations.json
      HTTPDoorTests.expectProblem(try await Web.post(Self.path, .object(hello), to: node.port), 401, "unauthenticated")
      let peer = try await node.call("p2p.peer_status", ["peer_id": "victim"])
      #expect(peer["peer_id"] == victim.id.json)
      #expect(peer["trust"] == "full")
      #expect(try await node.call("p2p.list_peers")["count"] == 1)
    }
  }

  @Test func aStrangerWithAHistoryIsAStranger() async throws {
    try await TestNode.run { node in
      let stranger = try TestPeer("stranger")
      _ = try await stranger.handshake(with: node)
      let rotated = try stranger.rotated()
      guard case .pending = try await rotated.handshake(with: node) else { throw TestFailure("not pending") }
      #expect(try await node.call("pending.list")["count"] == 2, "whom nobody approved is not followed")
    }
  }

  @Test(arguments: [JSONValue.array(Array(repeating: [:], count: 9)), "x", [7], [[:]]])
  func aHistoryThatIsNoneIsRefused(_ rotations: JSONValue) async throws {
    try await TestNode.run { node in
      var hello = try Self.hello(of: TestPeer(), to: node)
      hello["rotations"] = rotations
      HTTPDoorTests.expectProblem(
        try await Web.post(Self.path, .object(hello), to: node.port), 422, "invalid_arguments")
      #expect(try await node.call("p2p.list_peers")["count"] == 0)
    }
  }

  @Test func somebodyElseAtAPeersAddressIsNotFollowed() async throws {
    try await TestNode.run("alpha") { alpha in
      var port = 0
      try await TestNode.run("beta") { beta in
        try await TwoNodesTests.introduce(alpha, to: beta)
        port = beta.port
      }
      // Another node takes the address; its own history leads from elsewhere.
      try await TestNode.run("other", configure: { $0.p2p.listenPort = port }) { other in
        for _ in 0..<2 {
          let error = await #expect(throws: NodeError.self) { try await TwoNodesTests.callBeta(alpha) }
          #expect(error?.code == .unauthenticated)
          #expect(error?.message.contains("not the expected peer") == true)
          _ = try await Self.rotate(other)
        }
      }
      #expect(try await alpha.call("p2p.list_peers")["count"] == 1)
    }
  }
}
