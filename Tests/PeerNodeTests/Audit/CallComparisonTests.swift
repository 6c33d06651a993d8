import GRDB
import LocalAPI
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Two nodes' records of the same calls.
@Suite(.serialized) struct CallComparisonTests {
  // MARK: The rules

  static let id = PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")!

  static func compare(
    here: [String: String], there: [String: String], isOutgoing: Bool = true, later: [String: String] = [:],
    running: Set<String> = [], since: Int = 0, keptHere: Int = 0, keptThere: Int = 0
  ) -> CompareAudit.Result {
    func calls(_ outcomes: [String: String]) -> [CallKey: CallRecord] {
      Dictionary(
        uniqueKeysWithValues: outcomes.map {
          (
            CallKey(request: $0.key, isOutgoing: isOutgoing), CallRecord(subject: "s.t", time: 100, outcome: $0.value)
          )
        })
    }
    return CallComparison(
      here: calls(here), there: calls(there), later: calls(later),
      running: Set(running.map { CallKey(request: $0, isOutgoing: isOutgoing) }), since: since, keptHere: keptHere,
      keptThere: keptThere
    ).result(for: id)
  }

  @Test func equalRecordsAgree() {
    let result = Self.compare(here: ["a": "ok", "b": "skill_failed"], there: ["a": "ok", "b": "skill_failed"])
    #expect(result.agrees && result.equal == 2)
  }

  @Test func whatOneSideLacksOrTellsDifferentlyIsListed() {
    let result = Self.compare(
      here: ["a": "ok", "b": "ok", "c": "ok"], there: ["b": "skill_failed", "c": "ok", "d": "ok"])
    #expect(!result.agrees && result.equal == 1)
    #expect(result.onlyHere.map(\.request) == ["a"] && result.onlyHere.first?.here == "ok")
    #expect(result.onlyThere.map(\.request) == ["d"] && result.onlyThere.first?.there == "ok")
    #expect(result.different.map(\.request) == ["b"])
    #expect(result.different.first?.here == "ok" && result.different.first?.there == "skill_failed")
  }

  @Test func callsInFlightAreNoDifference() {
    #expect(Self.compare(here: ["a": "ok"], there: [:], running: ["a"]).inFlight == 1)
    #expect(Self.compare(here: [:], there: ["a": "ok"], running: ["a"]).agrees)
    // It was at its end here by the time the peer had answered.
    #expect(Self.compare(here: [:], there: ["a": "ok"], later: ["a": "ok"]).equal == 1)
  }

  @Test func whatOneSideDoesNotKeepIsNoDifference() {
    #expect(Self.compare(here: ["a": "ok"], there: [:], keptThere: 101).pruned == 1)
    #expect(Self.compare(here: [:], there: ["a": "ok"], keptHere: 101).pruned == 1)
    #expect(!Self.compare(here: ["a": "ok"], there: [:], keptThere: 100).agrees)
    #expect(Self.compare(here: ["a": "ok"], there: [:], since: 101).agrees, "it was before what was asked for")
  }

  @Test(arguments: [true, false]) func aCallThatFailedOnItsWayIsOnlyKnownToItsCaller(_ isOutgoing: Bool) {
    let caller = ["a": "peer_unreachable"]
    let result = Self.compare(here: isOutgoing ? caller : [:], there: isOutgoing ? [:] : caller, isOutgoing: isOutgoing)
    #expect(result.agrees && result.notArrived == 1)
    // The callee knows whom it served.
    let served = Self.compare(here: isOutgoing ? [:] : caller, there: isOutgoing ? caller : [:], isOutgoing: isOutgoing)
    #expect(!served.agrees)
  }

  @Test(arguments: [
    ("remote_failed", "internal", true), ("timed_out", "cancelled", true), ("peer_unreachable", "cancelled", true),
    ("ok", "cancelled", false), ("timed_out", "ok", false), ("internal", "remote_failed", false),
  ])
  func twoNamesOfOneEventAgree(_ caller: String, _ callee: String, _ agrees: Bool) {
    #expect(Self.compare(here: ["a": caller], there: ["a": callee]).agrees == agrees)
    #expect(Self.compare(here: ["a": callee], there: ["a": caller], isOutgoing: false).agrees == agrees)
  }

  // MARK: Over the wire

  static func change(_ node: TestNode, _ sql: String) async throws {
    let store = try Store(directory: node.folder.path + "/state")
    try await store.pool.write { try $0.execute(sql: sql) }
    try store.pool.close()
  }

  /// Alpha and beta that have called each other, three times and once.
  static func withCalls(_ body: (TestNode, TestNode) async throws -> Void) async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      _ = try await alpha.call("p2p.approve_peer", ["peer_id": "beta", "trust": "trusted"])
      _ = try await TwoNodesTests.callBeta(alpha)
      _ = try? await TwoNodesTests.callBeta(
        alpha, ["skill": "text", "tool": "word_count", "arguments": ["none": 1]])
      _ = try await TwoNodesTests.callBeta(alpha)
      _ = try await beta.call(
        "p2p.remote_skill", ["peer_id": "alpha", "skill": "text", "tool": "word_count", "arguments": ["text": "a"]])
      try await body(alpha, beta)
    }
  }

  @Test func bothSidesAgreeAboutWhatHappened() async throws {
    try await Self.withCalls { alpha, beta in
      for (node, other) in [(alpha, "beta"), (beta, "alpha")] {
        let result = try await node.call("audit.compare", ["peer_id": .string(other)])
        #expect(result["agrees"] == true && result["equal"] == 4, "\(result.text)")
      }
      // A lower level refuses at the door: the caller alone knows which call that was.
      _ = try await beta.call("peers.trust", ["peer_id": "alpha", "trust": "basic"])
      _ = try? await TwoNodesTests.callBeta(alpha)
      let result = try await alpha.call("audit.compare", ["peer_id": "beta"])
      #expect(result["agrees"] == true && result["not_arrived"] == 1, "level basic is enough to ask: \(result.text)")
    }
  }

  @Test func whatWasTakenOutOrChangedIsFound() async throws {
    try await Self.withCalls { alpha, beta in
      try await Self.change(
        beta, "DELETE FROM audit WHERE id = (SELECT min(id) FROM audit WHERE operation = 'skill')")
      var result = try await alpha.call("audit.compare", ["peer_id": "beta"])
      #expect(result["agrees"] == false && result["equal"] == 3)
      #expect(result["only_here"]?.arrayValue?.count == 1 && result["only_there"] == [])
      result = try await beta.call("audit.compare", ["peer_id": "alpha"])
      #expect(result["only_there"]?.arrayValue?.count == 1 && result["only_here"] == [])
      try await Self.change(
        beta, "UPDATE audit SET outcome = 'ok' WHERE operation = 'skill' AND outcome = 'invalid_arguments'")
      try await Self.change(beta, "UPDATE audit SET subject = 'sql.query' WHERE operation = 'call'")
      result = try await alpha.call("audit.compare", ["peer_id": "beta"])
      let different = result["different"]?.arrayValue ?? []
      #expect(Set(different.map { $0["direction"] }) == ["in", "out"])
      let changed = different.first { $0["direction"] == "out" }
      #expect(changed?["here"] == "invalid_arguments" && changed?["there"] == "ok")
    }
  }

  @Test func whatWasPrunedIsNoDifference() async throws {
    try await Self.withCalls { alpha, beta in
      let store = try Store(directory: beta.folder.path + "/state")
      _ = try await store.pool.write { db in
        try db.execute(sql: "UPDATE audit SET at = at + 5 WHERE id = (SELECT max(id) FROM audit)")
        return try AuditChain.prune(before: 0, keeping: 1, limit: 100, db)
      }
      try store.pool.close()
      let result = try await alpha.call("audit.compare", ["peer_id": "beta"])
      #expect(result["agrees"] == true, "\(result.text)")
      #expect((result["pruned"]?.integerValue ?? 0) >= 3)
    }
  }

  @Test func aPeerSeesWhatIsAboutItselfAndNothingElse() async throws {
    try await TestNode.run { node in
      let (peer, other) = (try TestPeer("a"), try TestPeer("b"))
      let token = try await peer.enter(node, trust: "trusted")
      let foreign = try await other.enter(node, trust: "trusted")
      for number in 0..<3 {
        var call = TrustTableTests.call.objectValue ?? [:]
        call["request_id"] = .string("mine-\(number)")
        _ = try await Web.post("/v1/p2p/skill", .object(call), to: node.port, token: token)
        call["request_id"] = .string("others-\(number)")
        _ = try await Web.post("/v1/p2p/skill", .object(call), to: node.port, token: foreign)
      }
      let answer = try await Web.get("/v1/p2p/audit", from: node.port, token: token)
      let entries = answer.json["entries"]?.arrayValue ?? []
      #expect(entries.map { $0["request_id"] } == ["mine-0", "mine-1", "mine-2"])
      #expect(!String(decoding: answer.body, as: UTF8.self).contains("others-"))
      #expect(!String(decoding: answer.body, as: UTF8.self).contains("uid:"), "nor who decides here")
      // In pages.
      let first = try await Web.get("/v1/p2p/audit?limit=2", from: node.port, token: token).json
      #expect(first["entries"]?.arrayValue?.count == 2)
      let next = try #require(first["next"]?.integerValue)
      let second = try await Web.get("/v1/p2p/audit?limit=2&after=\(next)", from: node.port, token: token).json
      #expect(second["entries"]?.arrayValue?.map { $0["request_id"] } == ["mine-2"] && second["next"] == .null)
      for query in ["limit=0", "limit=1001", "limit=x", "after=-1", "age=-1", "x=1"] {
        #expect(try await Web.get("/v1/p2p/audit?\(query)", from: node.port, token: token).status == 422, "\(query)")
      }
      #expect(try await Web.get("/v1/p2p/audit", from: node.port).status == 401)
    }
  }
}
