import FoundationEssentials
import GRDB
import PeerModel
import PeerTestSupport
import SeededRandom
import Testing

@testable import PeerNode

/// Nothing that was recorded can be changed without being found. One after the other: they wait for the disk, and must not
/// hold all threads of the tests that run beside them.
@Suite(.serialized) struct AuditChainTests {
  static func proof(_ store: Store, expecting head: [UInt8]? = nil) throws -> AuditChain.Proof {
    try store.pool.read { try AuditChain.verify(expecting: head, $0) }
  }

  static func entry(_ number: Int) -> AuditEntry {
    let peer = PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")
    return AuditEntry(
      caller: "uid:\(number)", operation: "call", target: number.isMultiple(of: 3) ? nil : peer,
      subject: number.isMultiple(of: 4) ? nil : "text.word_count",
      request: number.isMultiple(of: 5) ? nil : "r\(number)",
      outcome: number.isMultiple(of: 7) ? "timed_out" : "ok", at: 1_700_000_000 + number)
  }

  /// A log with the entries 1 to `count`.
  static func store(_ count: Int, in folder: TemporaryFolder) throws -> Store {
    let store = try Store(directory: folder.path)
    try store.pool.write { db in for number in 1...count { try entry(number).append(to: db) } }
    return store
  }

  @Test func anEmptyLogIsAChain() throws {
    let folder = TemporaryFolder()
    let proof = try Self.proof(try Store(directory: folder.path))
    #expect(proof.entries == 0 && proof.fault == nil && proof.first == nil && proof.head == AuditChain.genesis)
  }

  @Test func everyEntryIsProved() throws {
    let folder = TemporaryFolder()
    let proof = try Self.proof(try Self.store(20, in: folder))
    #expect(proof.entries == 20 && proof.fault == nil && proof.first == 1 && proof.last == 20)
    #expect(proof.head != AuditChain.genesis)
  }

  /// The vectors of the page Audit.md, which Tests/Lab/audit.py computes from its text alone.
  @Test func theEncodingIsTheDocumentedOne() throws {
    let folder = TemporaryFolder()
    let store = try Store(directory: folder.path)
    let peer = PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")
    try store.pool.write { db in
      try AuditEntry(caller: .owner(uid: 1000), operation: "approve", subject: peer?.description, at: 1_700_000_000)
        .append(to: db)
      var call = AuditEntry(
        caller: "uid:1000", operation: "call", target: peer, subject: "text.word_count", request: "r-1",
        at: 1_700_000_001)
      try call.append(to: db)
      call = AuditEntry(caller: "reader:1001", operation: "p2p.p2p_status", isLook: true, at: 1_700_000_002)
      call.count = 3
      try call.append(to: db)
    }
    let hashes = try store.pool.read { try Data.fetchAll($0, sql: "SELECT hash FROM audit ORDER BY id") }
    #expect(
      hashes.map { Hexadecimal.text($0) } == [
        "77fa7d22531237f151edbfc23dc6108aae597f5eab7aaecb5d37072f60213b2e",
        "96933e5dbd60d5774509673a220fe541230e2a9a20b1de59284646e607eb0b54",
        "3a94d53354e86b76ba6d16713456c52e1c6904207ab03fe1ccc036f0b0aefd09",
      ])
  }

  static let changes: [String] = [
    "at = at + 1", "at = 'soon'", "at = 1.5", "caller = 'uid:0'", "caller = CAST(caller AS BLOB)",
    "caller = caller || char(0)", "operation = 'skill'", "target = NULL",
    "target = 'peer-77777777777777777777777777777777'", "target = ''", "subject = NULL", "subject = ''",
    "subject = 'a.b'", "subject = '+' || subject", "request = NULL", "request = 'r8'", "request = x'723131'",
    "outcome = 'not_allowed'", "outcome = ''", "count = 2", "count = 'x'", "isLook = 1", "isLook = 7",
    "hash = zeroblob(32)", "hash = NULL", "hash = hex(hash)", "operation = caller, caller = operation", "id = 100",
  ]

  @Test(arguments: changes) func aChangedEntryIsNamed(_ change: String) throws {
    let folder = TemporaryFolder()
    let store = try Self.store(20, in: folder)
    try store.pool.write { try $0.execute(sql: "UPDATE audit SET \(change) WHERE id = 11") }
    let proof = try Self.proof(store)
    // A renumbered entry is missing in its old place.
    #expect(proof.fault?.number == (change == "id = 100" ? 12 : 11), "\(proof)")
    #expect(proof.entries == 10)
    #expect(proof.last == 10)
  }

  @Test(arguments: ["''", "x''", "x'41'", "'a'", "7"]) func whatWasAbsentAndIsThereIsNamed(_ value: String) throws {
    let folder = TemporaryFolder()
    let store = try Self.store(20, in: folder)
    try store.pool.write { try $0.execute(sql: "UPDATE audit SET subject = \(value) WHERE id = 12") }
    #expect(try Self.proof(store).fault?.number == 12)
  }

  @Test(
    arguments: [
      ("DELETE FROM audit WHERE id = 8", 9), ("DELETE FROM audit WHERE id = 1", 2),
      ("DELETE FROM audit WHERE id = 20", 20),
      ("DELETE FROM audit", 1), ("DELETE FROM audit WHERE id BETWEEN 5 AND 7", 8),
      // Two change places.
      (
        """
        UPDATE audit SET id = 1000 WHERE id = 8; UPDATE audit SET id = 8 WHERE id = 9;
        UPDATE audit SET id = 9 WHERE id = 1000
        """, 8
      ),
      // One is put in, as a copy and as an invention.
      (
        """
        INSERT INTO audit (id, at, caller, operation, outcome, hash)
          SELECT 21, at, caller, operation, outcome, hash FROM audit WHERE id = 20
        """, 21
      ),
      ("INSERT INTO audit (id, at, caller, operation, outcome) VALUES (-1, 0, 'uid:0', 'approve', 'ok')", -1),
    ] as [(String, Int64)])
  func whatIsMissingOrPutInIsNamed(_ change: String, _ number: Int64) throws {
    let folder = TemporaryFolder()
    let store = try Self.store(20, in: folder)
    try store.pool.write { try $0.execute(sql: change) }
    #expect(try Self.proof(store).fault?.number == number)
  }

  /// Who cuts the end off and goes on writing makes a chain that holds, but not the one that was.
  @Test func aLogThatWasCutOffIsFoundByItsEarlierHead() throws {
    let folder = TemporaryFolder()
    let store = try Self.store(20, in: folder)
    let head = try Self.proof(store).head
    #expect(try Self.proof(store, expecting: head).isExpectedFound)
    try store.pool.write { db in for number in 21...25 { try Self.entry(number).append(to: db) } }
    #expect(try Self.proof(store, expecting: head).isExpectedFound, "more entries after it change nothing")
    try store.pool.write { db in
      try db.execute(sql: "DELETE FROM audit WHERE id >= 18; UPDATE sqlite_sequence SET seq = 17 WHERE name = 'audit'")
      for number in 31...40 { try Self.entry(number).append(to: db) }
    }
    let proof = try Self.proof(store, expecting: head)
    #expect(proof.fault == nil && proof.entries == 27)
    #expect(!proof.isExpectedFound)
  }

  // MARK: Pruning

  @Test func whatIsOldGoesFromTheOldestEndAndTheChainHolds() throws {
    let folder = TemporaryFolder()
    let store = try Self.store(20, in: folder)
    let head = try Self.proof(store).head
    // Entry 3 has a clock that went wrong; those before it are old all the same.
    let more = try store.pool.write { db in
      try AuditChain.prune(before: 1_700_000_011, keeping: 1000, limit: 4, db)
    }
    #expect(more, "there is more to prune than in one step")
    var proof = try Self.proof(store, expecting: head)
    #expect(proof.fault == nil && proof.first == 5 && proof.entries == 16 && proof.isExpectedFound)
    let rest = try store.pool.write { db in
      try AuditChain.prune(before: 1_700_000_011, keeping: 1000, limit: 100, db)
    }
    #expect(!rest)
    proof = try Self.proof(store, expecting: head)
    #expect(proof.fault == nil && proof.first == 11 && proof.isExpectedFound)
    try store.pool.write { try Self.entry(21).append(to: $0) }
    #expect(try Self.proof(store).last == 21)
  }

  @Test func thereAreNeverMoreThanTheMostAllowed() throws {
    let folder = TemporaryFolder()
    let store = try Self.store(20, in: folder)
    _ = try store.pool.write { try AuditChain.prune(before: 0, keeping: 6, limit: 100, $0) }
    let proof = try Self.proof(store)
    #expect(proof.fault == nil && proof.first == 15 && proof.entries == 6)
  }

  @Test func whenEverythingIsOldTheNextEntryStandsOnTheLast() throws {
    let folder = TemporaryFolder()
    let store = try Self.store(20, in: folder)
    let head = try Self.proof(store).head
    _ = try store.pool.write { try AuditChain.prune(before: .max, keeping: 6, limit: 100, $0) }
    #expect(try Self.proof(store).head == head)
    try store.pool.write { try Self.entry(21).append(to: $0) }
    let proof = try Self.proof(store, expecting: head)
    #expect(proof.fault == nil && proof.first == 21 && proof.entries == 1 && proof.isExpectedFound)
  }

  @Test func whoPrunesByHandIsFound() throws {
    let folder = TemporaryFolder()
    let store = try Self.store(20, in: folder)
    _ = try store.pool.write { try AuditChain.prune(before: 0, keeping: 15, limit: 100, $0) }
    try store.pool.write { try $0.execute(sql: "DELETE FROM audit WHERE id <= 7") }
    #expect(try Self.proof(store).fault?.number == 8)
  }

  // MARK: Databases of before

  @Test func theEntriesOfAnOlderDatabaseGetTheirHashes() throws {
    let folder = TemporaryFolder()
    let queue = try DatabaseQueue(path: folder.path + "/rd.sqlite")
    try Migrations.migrator.migrate(queue, upTo: "1: peers, outcomes, audit")
    try queue.write { db in
      for number in [1, 2, 5, 6] {
        try db.execute(
          sql: "INSERT INTO audit (id, at, caller, operation, subject, outcome) VALUES (?, 7, 'uid:0', 'a', ?, 'ok')",
          arguments: [number, number == 2 ? nil : "s"])
      }
    }
    try queue.close()
    let store = try Store(directory: folder.path)
    try store.pool.write { try Self.entry(7).append(to: $0) }
    let proof = try Self.proof(store)
    #expect(proof.fault == nil && proof.entries == 5 && proof.last == 7)
    try store.pool.write { try $0.execute(sql: "UPDATE audit SET subject = 't' WHERE id = 5") }
    #expect(try Self.proof(store).fault?.number == 5)
  }

  // MARK: Whatever happens

  @Test(arguments: 0..<10) func whateverIsWrittenAndPrunedHoldsAndWhateverIsChangedIsFound(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let store = try Store(directory: folder.path)
    for step in 1...30 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0:
        let keep = Int.random(in: 1...20, using: &random)
        _ = try store.pool.write { try AuditChain.prune(before: 0, keeping: keep, limit: 7, $0) }
      case 1:
        // A transaction that fails leaves nothing behind.
        try? store.pool.write { db in
          try Self.entry(step).append(to: db)
          throw NodeError.internal
        }
      default:
        var entry = Self.entry(Int.random(in: 1...1000, using: &random))
        entry.subject = String(
          (0..<Int.random(in: 0...5, using: &random)).map { _ in "ab.é😀".randomElement(using: &random)! })
        let written = entry
        try store.pool.write { try written.append(to: $0) }
      }
    }
    let proof = try Self.proof(store)
    try #require(proof.fault == nil)
    let first = try #require(proof.first)
    let last = try #require(proof.last)
    let number = Int64.random(in: first...last, using: &random)
    let change = try #require(Self.changes.dropLast().randomElement(using: &random))
    let before = try store.pool.read {
      try Row.fetchOne($0, sql: "SELECT *, hex(caller) FROM audit WHERE id = ?", arguments: [number])
    }
    try store.pool.write { try $0.execute(sql: "UPDATE audit SET \(change) WHERE id = ?", arguments: [number]) }
    let after = try store.pool.read {
      try Row.fetchOne($0, sql: "SELECT *, hex(caller) FROM audit WHERE id = ?", arguments: [number])
    }
    #expect(try Self.proof(store).fault?.number == (before == after ? nil : number), "\(change)")
  }
}
