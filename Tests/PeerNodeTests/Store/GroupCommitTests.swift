import GRDB
import PeerModel
import Testing

@testable import PeerNode

@Suite struct GroupCommitTests {
  struct Refused: Error {}
  let bench: RegistryBench
  let commits: GroupCommit

  init() throws {
    bench = try RegistryBench()
    commits = GroupCommit(pool: bench.store.pool)
  }

  private func insert(_ key: String) async throws -> Int64 {
    try await commits.write { db in
      try db.execute(sql: "INSERT INTO meta (key, value) VALUES (?, 1)", arguments: [key])
      return Int64(db.changesCount)
    }
  }

  private func keys() throws -> Int {
    try bench.store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM meta WHERE key LIKE 'k%'") ?? -1 }
  }

  @Test func aWriteIsThereWhenItReturns() async throws {
    #expect(try await insert("k1") == 1)
    #expect(try keys() == 1)
  }

  @Test func manyWritesAtOneMomentAreAllThere() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 { group.addTask { _ = try await insert("k\(number)") } }
      try await group.waitForAll()
    }
    #expect(try keys() == 200)
  }

  @Test func aFailingChangeDoesNotDisturbOthers() async throws {
    let failures = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<60 {
        group.addTask {
          do {
            if number % 3 == 0 {
              _ = try await commits.write { db in
                try db.execute(sql: "INSERT INTO meta (key, value) VALUES (?, 1)", arguments: ["k-undone\(number)"])
                throw Refused()
              }
            } else if number % 3 == 1 {
              // A statement that SQLite itself refuses.
              _ = try await commits.write { try $0.execute(sql: "INSERT INTO meta (key, value) VALUES ('x', NULL)") }
            } else {
              _ = try await insert("k\(number)")
            }
            return false
          } catch { return true }
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(failures == 40)
    #expect(try keys() == 20, "what failed left nothing behind")
  }

  @Test func theErrorIsTheChangesOwn() async {
    await #expect(throws: Refused.self) { try await commits.write { _ in throw Refused() } }
    await #expect(throws: DatabaseError.self) {
      try await commits.write { try $0.execute(sql: "INSERT INTO nowhere VALUES (1)") }
    }
  }

  @Test func aCallerThatGivesUpTakesNobodyWithIt() async throws {
    let impatient = Task { try await insert("k-impatient") }
    impatient.cancel()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 { group.addTask { _ = try await insert("k\(number)") } }
      try await group.waitForAll()
    }
    _ = await impatient.result
    #expect(try keys() >= 20)
  }
}
