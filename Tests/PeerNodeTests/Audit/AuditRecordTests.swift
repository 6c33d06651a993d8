import GRDB
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Every operation is on record, once, whoever asked and whichever door it came through.
@Suite(.serialized) struct AuditRecordTests {
  /// What is on record, as `caller operation subject outcome`, looks only with `all`.
  static func lines(_ node: TestNode, _ parameters: JSONValue = [:]) async throws -> [String] {
    let entries = try await node.call("audit.list", parameters)["entries"]?.arrayValue ?? []
    return entries.map { entry in
      ["caller", "operation", "subject", "outcome"].map { entry[$0]?.stringValue ?? "-" }.joined(separator: " ")
    }
  }

  /// How many requests the entries stand for.
  static func count(_ entries: [JSONValue]) -> Int64 { entries.map { $0["count"]?.integerValue ?? 0 }.reduce(0, +) }

  static func verify(_ node: TestNode, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let proof = try await node.call("audit.verify")
    #expect(proof["ok"] == true, "\(proof.text)", sourceLocation: sourceLocation)
  }

  @Test func decisionsAreRecordedOnceWhetherTheyWorkOrNot() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      _ = try await peer.enter(node, trust: "basic")
      let id: JSONValue = ["peer_id": peer.id.json]
      _ = try await node.call("peers.trust", ["peer_id": peer.id.json, "trust": "full"])
      _ = try await node.call("p2p.reject_peer", id)
      _ = try? await node.call("peers.trust", id)
      _ = try await node.call("peers.block", id)
      _ = try? await node.call("p2p.approve_peer", id)
      _ = try await node.call("peers.remove", id)
      _ = try? await node.call("p2p.reject_peer", id)
      _ = try? await node.call("p2p.approve_peer", ["peer_id": "password1"])
      _ = try? await node.call("p2p.approve_peer", ["peer_id": "nobody", "trust": "owner"])
      #expect(
        try await Self.lines(node) == [
          "uid:0 approve \(peer.id) ok", "uid:0 trust \(peer.id) ok", "uid:0 reject \(peer.id) ok",
          "uid:0 trust \(peer.id) not_approved", "uid:0 block \(peer.id) ok", "uid:0 approve \(peer.id) conflict",
          "uid:0 remove \(peer.id) ok", "uid:0 reject - peer_not_found", "uid:0 approve - peer_not_found",
          "uid:0 approve - invalid_arguments",
        ])
      #expect(try await Self.lines(node, ["failed": true]).count == 5)
      #expect(try await Self.lines(node, ["failed": true, "limit": 2]).count == 2)
      #expect(try await Self.lines(node, ["peer_id": peer.id.json]).count == 7)
      #expect(try await Self.lines(node, ["caller": "uid:1"]).isEmpty)
      try await Self.verify(node)
    }
  }

  @Test func callsAreRecordedOnBothSidesUnderOneId() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await TwoNodesTests.introduce(alpha, to: beta)
      let result = try await TwoNodesTests.callBeta(alpha)
      _ = try? await TwoNodesTests.callBeta(alpha, ["skill": "none", "tool": "x"])
      _ = try? await TwoNodesTests.callBeta(alpha, ["skill": "text", "tool": "word_count", "arguments": ["txt": "s"]])
      // The owner's tool of the same name, and its own skills.
      _ = try await alpha.call(
        "skills.call",
        [
          "skill": "p2p", "tool": "remote_skill",
          "arguments": ["peer_id": "beta", "skill": "text", "tool": "word_count", "arguments": ["text": "pa55word"]],
        ])
      _ = try await alpha.call("skills.call", TwoNodesTests.count)
      let there = try await beta.call("audit.list")["entries"]?.arrayValue ?? []
      let here = try await alpha.call("audit.list")["entries"]?.arrayValue ?? []
      // What the peer does not offer is not asked of it.
      #expect(there.map { $0["operation"] } == ["approve", "skill", "skill", "skill"])
      #expect(
        here.map { $0["operation"] } == ["p2p.add_peer", "pin", "call", "call", "call", "call", "skills.call"])
      #expect(here.first?["subject"] == beta.id.json)
      let calls = here.filter { $0["operation"] == "call" }
      let sent = calls.filter { $0["outcome"] != "skill_not_found" }
      let served = there.filter { $0["operation"] == "skill" }
      #expect(calls.first?["request_id"] == result["request_id"])
      #expect(calls.map { $0["outcome"] } == ["ok", "skill_not_found", "invalid_arguments", "ok"])
      #expect(sent.map { $0["request_id"] } == served.map { $0["request_id"] })
      #expect(sent.map { $0["outcome"] } == served.map { $0["outcome"] })
      #expect(calls.allSatisfy { $0["peer_id"] == beta.id.json && $0["caller"] == "uid:0" })
      #expect(served.allSatisfy { $0["peer_id"] == .null && $0["caller"] == alpha.id.json })
      try await Self.verify(alpha)
      try await Self.verify(beta)
      for node in [alpha, beta] {
        let store = try Store(directory: node.folder.path + "/state")
        let text = try await store.pool.read { try Row.fetchAll($0, sql: "SELECT * FROM audit").description }
        #expect(!text.contains("pa55word") && !text.contains("one two three"), "no argument is on record")
        try store.pool.close()
      }
    }
  }

  @Test func whatAPeerMayNotIsOnRecord() async throws {
    try await TestNode.run { node in
      let peer = try TestPeer()
      let token = try await peer.enter(node, trust: "basic")
      for _ in 0..<5 {
        #expect(try await Web.post("/v1/p2p/skill", TrustTableTests.call, to: node.port, token: token).status == 403)
      }
      #expect(try await Web.get("/v1/p2p/pending", from: node.port, token: token).status == 403)
      let entries = try await node.call("audit.list", ["failed": true])["entries"]?.arrayValue ?? []
      #expect(Set(entries.map { $0["operation"] }) == ["skill", "pending.list"])
      #expect(Self.count(entries.filter { $0["operation"] == "skill" }) == 5)
      #expect(Self.count(entries) == 6)
      #expect(entries.allSatisfy { $0["caller"] == peer.id.json && $0["outcome"] == "not_allowed" })
    }
  }

  @Test func anOwnersHTTPRequestsAreOnRecordToo() async throws {
    try await TestNode.run { node in
      let look = try await Web.get("/v1/p2p/status", from: node.port, plain: true)
      let decision = try await Web.post("/v1/p2p/approve/nobody", [:], to: node.port, plain: true)
      #expect(look.status == 200 && decision.status == 404)
      let (lines, all) = try await (Self.lines(node), Self.lines(node, ["all": true]))
      #expect(lines == ["uid:0 approve - peer_not_found"])
      #expect(all.contains("uid:0 p2p.p2p_status - ok"))
    }
  }

  @Test func looksAreCountedAndWrittenBeforeTheNodeEnds() async throws {
    let folder = TemporaryFolder()
    try await TestNode.run(in: folder) { node in
      let local = try await LocalSocket(node.socket)
      for _ in 0..<50 { _ = try await local.call("daemon.info") }
      await local.close()
    }
    let store = try Store(directory: folder.path + "/state")
    let counts = try await store.pool.read { db in
      try Int.fetchAll(db, sql: "SELECT count FROM audit WHERE operation = 'daemon.info' AND isLook = 1")
    }
    #expect(counts.reduce(0, +) == 50)
    #expect(counts.count < 10)
    #expect(try AuditChainTests.proof(store).fault == nil)
    try store.pool.close()
  }

  @Test func whoWatchesEventsIsOnRecordFromTheBeginning() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.send(method: "events.subscribe", [:], id: 7)
      try await eventually("the watcher is on record") {
        try await Self.lines(node, ["all": true]).contains("uid:0 events.subscribe - ok")
      }
      await local.close()
    }
  }

  @Test func theLogCanBeFollowed() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      _ = try? await node.call("p2p.reject_peer", ["peer_id": "first"])
      try await local.send(method: "audit.list", ["follow": true], id: 7)
      #expect(try await local.next()["params"]?["value"]?["operation"] == "reject")
      let peer = try TestPeer()
      _ = try await peer.enter(node, trust: "basic")
      let entry = try await local.next()["params"]?["value"]
      #expect(entry?["operation"] == "approve" && entry?["subject"] == peer.id.json)
      await local.close()
    }
  }

  // MARK: Strangers

  @Test func strangersAreCountedNotListed() async throws {
    try await TestNode.run { node in
      for _ in 0..<100 { #expect(try await Web.get("/v1/p2p/skills", from: node.port).status == 401) }
      for _ in 0..<10 {
        #expect(try await Web.get("/v1/p2p/skills", from: node.port, token: "a.b.c").status == 401)
      }
      let entries = try await node.call("audit.list", ["failed": true])["entries"]?.arrayValue ?? []
      #expect(entries.count < 10, "one a minute")
      #expect(entries.allSatisfy { $0["caller"] == "address:127.0.0.1" && $0["outcome"] == "unauthenticated" })
      #expect(Self.count(entries) == 110)
    }
  }

  @Test func manyAddressesMakeFewEntries() throws {
    let folder = TemporaryFolder()
    let log = AuditLog(store: try Store(directory: folder.path))
    #expect(AuditLog.network("192.0.2.1") == "192.0.2.1")
    #expect(AuditLog.network("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64")
    #expect(AuditLog.network("fe80::1%eth0") == "fe80::/64")
    var batch = AuditBatch()
    for number in 0..<10_000 {
      func entry(_ caller: String) -> AuditEntry { AuditEntry(caller: caller, operation: "request", at: number) }
      batch.add(
        entry("address:\(number)"), group: "", limit: AuditLog.maximumAddresses, overflow: entry("address:others"))
    }
    #expect(batch.entries.count == AuditLog.maximumAddresses + 1)
    #expect(batch.entries.map(\.count).reduce(0, +) == 10_000)
    #expect(batch.entries.last?.caller == "address:others" && batch.entries.last?.at == 9999)
    withExtendedLifetime(log) {}
  }

  @Test func aReaderWhoAsksForManyThingsMakesFewEntries() async throws {
    let folder = TemporaryFolder()
    let store = try Store(directory: folder.path)
    let log = AuditLog(store: store)
    let reader = Caller.reader(uid: 1001)
    for number in 0..<1000 {
      log.note(
        AuditEntry(
          caller: reader.auditName, operation: "p2p.peer_status", subject: "peer\(number)", isLook: true, at: number),
        by: reader)
    }
    await log.flush()
    let entries = try await store.pool.read { try AuditEntry.fetchAll($0) }
    #expect(entries.count == AuditLog.maximumOfOthers + 1)
    #expect(entries.map(\.count).reduce(0, +) == 1000)
    #expect(entries.last?.operation == "others")
  }

  @Test func whatCannotBeWrittenWaits() {
    var batch = AuditBatch()
    func add(_ caller: String) {
      let entry = AuditEntry(caller: caller, operation: "a", at: 1)
      batch.add(entry, group: caller, limit: 9, overflow: entry)
    }
    for caller in ["x", "y", "x"] { add(caller) }
    let taken = batch.take()
    #expect(batch.isEmpty)
    for caller in ["y", "z"] { add(caller) }
    batch.restore(taken)
    #expect(batch.entries.map { "\($0.caller) \($0.count)" } == ["x 2", "y 2", "z 1"])
  }

  /// Whatever somebody sends as a name ends up as a short piece of text.
  @Test(arguments: [String(repeating: "x", count: 10_000), "a\u{0}b", "line\nline", "\u{1B}[31m", ""])
  func whatOthersSendIsBoundedOnRecord(_ text: String) throws {
    let folder = TemporaryFolder()
    let store = try Store(directory: folder.path)
    let entry = AuditEntry(caller: .anonymous, operation: "skill", subject: text, request: text, at: 1)
    try store.pool.write { try entry.append(to: $0) }
    #expect(try AuditChainTests.proof(store).fault == nil)
    #expect(try store.pool.read { try AuditEntry.fetchAll($0) } == [entry])
    #expect((entry.subject ?? "").unicodeScalars.count <= AuditEntry.maximumText)
    #expect(entry.subject?.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
  }

  @Test func oldEntriesAreForgottenAtTheStart() async throws {
    let folder = TemporaryFolder()
    _ = try StateDirectory(path: folder.path + "/state")
    let store = try Store(directory: folder.path + "/state")
    try await store.pool.write { db in
      try AuditEntry(caller: "uid:0", operation: "old", at: Clock.now - 10 * 86_400).append(to: db)
      try AuditEntry(caller: "uid:0", operation: "young", at: Clock.now - 2 * 86_400).append(to: db)
    }
    try store.pool.close()
    try await TestNode.run(in: folder, configure: { $0.audit.keep = .seconds(7 * 86_400) }) { node in
      try await eventually("the old entry is gone") {
        try await Self.lines(node) == ["uid:0 young - ok"]
      }
      try await Self.verify(node)
    }
  }
}
