import GRDB
import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// What a log takes in and what it refuses.
@Suite struct ContextLogTests {
  @Test func entriesAreNumberedByNodeAndScope() async throws {
    let node = try ContextBench()
    let ids = [
      try await node.add("a").id, try await node.add("b", .session).id, try await node.add("c").id,
    ]
    #expect(ids.map(\.short) == ["m1", "s1", "m2"])
    #expect(ids.allSatisfy { ContextID($0.description) == $0 && ContextID($0.short, own: node.identity.id) == $0 })
  }

  static let badIDs = ["", "m", "m0", "m01", "x1", "m1 ", "peer-a.m1", "m-1", "m9007199254740992", "s1.m1", "m1.2"]
  @Test(arguments: badIDs) func whatIsNoIDIsNone(_ text: String) throws {
    #expect(ContextID(text, own: HandshakeBench.identity().id) == nil)
  }

  @Test func aRemovedEntryIsPassedOnWithoutItsText() async throws {
    let (alpha, beta, gamma) = try (ContextBench(), ContextBench(), ContextBench())
    let entry = try await alpha.add("secret plan")
    try await alpha.remove(entry.id)
    try await alpha.sync(with: beta)
    try await beta.sync(with: gamma)
    for node in [alpha, beta, gamma] {
      #expect(try await node.texts().isEmpty)
      let pages = try await node.all()
      #expect(pages.count == 2)
      #expect(!JSONValue.array(pages.map(\.json)).text.contains("secret"))
      for record in pages { try record.verify() }
    }
    await expectRefusal(.notFound, "there is no entry m1 of this node") { try await alpha.remove(entry.id) }
  }

  @Test func aGapIsRefusedWhole() async throws {
    let (alpha, beta) = try (ContextBench(), ContextBench())
    for text in ["a", "b", "c"] { _ = try await alpha.add(text) }
    let records = try await alpha.all()
    await expectRefusal(.invalidArguments) {
      try await beta.log.merge([records[0], records[2]], via: alpha.identity.id)
    }
    #expect(try await beta.texts().isEmpty)
    #expect(try await beta.log.merge(records, via: alpha.identity.id) == 3)
  }

  /// A node that passes something on may hold back the end of a log, and nothing else.
  @Test func whoPassesOnCannotTakeATextAway() async throws {
    let alpha = try ContextBench()
    let record = try await alpha.add("stays")
    var json = try #require(record.json.objectValue)
    json["text"] = nil
    json["text_hash"] = .string(Base64.encode(ContextRecord.hash(of: "stays")))
    expectRefusal(.invalidArguments) { try ContextRecord(json: .object(json)) }
    let mallory = try ContextBench()
    _ = try await mallory.add("x")
    let removal = try ContextRecord(.removal(of: 1), scope: .memory, counter: 2, by: mallory.identity, at: 1)
    json["removal"] = ContextRecord.Removal(counter: 2, createdAt: 1, signature: removal.signature).json
    let blank = try ContextRecord(json: .object(json))
    expectRefusal(.unauthenticated) { try blank.verify() }
  }

  static let changes: [(String, JSONValue)] = [
    ("text", "another"), ("session", "x"), ("role", "system"), ("created_at", 5), ("counter", 2), ("scope", "session"),
    ("origin", "peer-aaaqeayeaudaocajbifqydiob4ibceqt"),
    ("signature", .string(Base64.encode([UInt8](repeating: 7, count: 64)))),
    ("text_hash", .string(Base64.encode([UInt8](repeating: 7, count: 32)))),
  ]
  @Test(arguments: changes) func aChangedRecordIsRefused(_ member: String, _ value: JSONValue) async throws {
    let record = try await ContextBench().add("a")
    var json = try #require(record.json.objectValue)
    json[member] = value
    let changed = try ContextRecord(json: .object(json))
    // The hash of a text that is there is computed, not read.
    guard member != "text_hash" else { return try changed.verify() }
    let error = #expect(throws: NodeError.self) { try changed.verify() }
    #expect([.unauthenticated, .invalidArguments].contains(error?.code))
  }

  @Test func anotherKeyIsRefused() async throws {
    let (alpha, mallory) = try (ContextBench(), ContextBench())
    var record = try await alpha.add("a")
    record.key = mallory.identity.publicKey
    record.signature = try mallory.identity.sign(record.signedBytes)
    expectRefusal(.unauthenticated) { try record.verify() }
  }

  static let malformed: [(String, JSONValue?)] = [
    ("counter", 0), ("counter", -1), ("counter", .integer(1 << 60)), ("created_at", -1),
    ("created_at", .integer(1 << 41)),
    ("key", "AAAA"), ("key", nil), ("signature", "AAAA"), ("origin", "office"), ("scope", "all"), ("role", "robot"),
    ("text", nil), ("removes", 1), ("removes", 7), ("removal", ["counter": 1, "created_at": 1, "signature": ""]),
  ]
  @Test(arguments: malformed) func aMalformedRecordIsRefused(_ member: String, _ value: JSONValue?) async throws {
    var json = try #require(try await ContextBench().add("a").json.objectValue)
    json[member] = value
    expectRefusal(.invalidArguments) { try ContextRecord(json: .object(json)) }
  }

  static let texts = ["", "nul\0", String(repeating: "a", count: ContextLimits.text + 1)]
  @Test(arguments: texts) func aTextOutOfBoundsIsRefused(_ text: String) async throws {
    let node = try ContextBench()
    await expectRefusal(.invalidArguments) { try await node.add(text) }
  }

  static let sessions: [String?] = [nil, "", "a\nb", String(repeating: "a", count: ContextLimits.session + 1)]
  @Test(arguments: sessions) func aSessionOutOfBoundsIsRefused(_ session: String?) async throws {
    let node = try ContextBench()
    await expectRefusal(.invalidArguments) {
      try await node.log.append(.init(scope: .session, session: session, text: "a"), by: node.identity, at: 1)
    }
  }

  // MARK: Limits

  static let limits: [(String, @Sendable (inout ContextLog.Limits) -> Void)] = [
    ("this peer", { $0.records = 2 }), ("this peer", { $0.bytes = 700 }), ("all peers together", { $0.allBytes = 700 }),
  ]
  @Test(arguments: 0..<3) func aPeerBringsOnlySoMuch(_ row: Int) async throws {
    let (whose, change) = Self.limits[row]
    var limits = ContextLog.Limits()
    change(&limits)
    let (node, peer) = try (ContextBench(limits: limits), ContextBench())
    for text in ["a", "b", "c"] { _ = try await peer.add(text) }
    let records = try await peer.all()
    let error = await #expect(throws: NodeError.self) { try await node.log.merge(records, via: peer.identity.id) }
    #expect(error?.code == .limitReached)
    #expect(error?.message.contains(whose) == true)
    #expect(try await node.texts().isEmpty, "of a page that is too much, nothing is kept")
    #expect(try await node.log.merge(Array(records.prefix(2)), via: peer.identity.id) == 2)
    // The owner's own entries are not bounded by what peers bring.
    for text in ["d", "e", "f"] { _ = try await node.add(text) }
  }

  @Test func aPeerBringsOnlySoManyLogs() async throws {
    var limits = ContextLog.Limits()
    limits.logs = 2
    let node = try ContextBench(limits: limits)
    let mallory = HandshakeBench.identity().id
    for round in 0..<3 {
      let records = try await {
        let made = try ContextBench(); _ = try await made.add("a"); return try await made.all()
      }()
      if round < 2 {
        #expect(try await node.log.merge(records, via: mallory) == 1)
      } else {
        await expectRefusal(.limitReached) { try await node.log.merge(records, via: mallory) }
      }
    }
  }

  @Test func whatIsRemovedMakesRoom() async throws {
    let (node, peer) = try (ContextBench(), ContextBench())
    let entry = try await peer.add(String(repeating: "a", count: 10_000))
    try await peer.sync(with: node)
    func bytes() async throws -> Int? {
      try await node.queue.read { try Int.fetchOne($0, sql: "SELECT bytes FROM contextTotal WHERE via <> ''") }
    }
    #expect(try await bytes() == 10_256)
    try await peer.remove(entry.id)
    try await peer.sync(with: node)
    #expect(try await bytes() == 512)
  }

  // MARK: Scopes

  @Test func onlyTheScopesThatTheOwnerAllowsLeave() async throws {
    let node = try ContextBench()
    _ = try await node.add("private", .session)
    _ = try await node.add("fact", .memory)
    let peer = HandshakeBench.identity().id
    func ask(_ scope: ContextSelection, _ allowed: Set<ContextScope>) async throws -> PeerSync.Result {
      try await node.log.answer(
        .init(requestID: nil, direction: .pull, scope: scope, have: .init(), entries: []), allowing: allowed, from: peer
      )
    }
    let answer = try await ask(.all, [.memory])
    #expect(answer.scopes == [.memory] && answer.entries.map(\.id.scope) == [.memory])
    #expect(answer.have.counters[.session] == nil)
    await expectRefusal(.notAllowed) { try await ask(.session, [.memory]) }
    await expectRefusal(.notAllowed) { try await ask(.all, []) }
  }

  @Test func aScopeThatIsNotSyncedIsNotTaken() async throws {
    let (node, peer) = try (ContextBench(), ContextBench())
    _ = try await peer.add("talk", .session)
    let entries = try await peer.all()
    await expectRefusal(.notAllowed) {
      try await node.log.answer(
        .init(requestID: nil, direction: .push, scope: .all, have: .init(), entries: entries), allowing: [.memory],
        from: peer.identity.id)
    }
  }
}
