import FoundationEssentials
import GRDB
import Glibc
import LocalAPI
import PeerModel
import PeerTestSupport
import Testing
@testable import PeerNode
@Suite struct StateFixtureWriter {
  @Test func write() async throws {
    guard let out = getenv("RD_FIXTURE_OUT").map({ String(cString: $0) }) else { return }
    let folder = TemporaryFolder()
    let identity = try IdentityFiles(directory: folder.path).loadOrCreate()
    let bench = try RegistryBench(in: folder, identity: identity)
    let approved = try await bench.approved("approved")
    let rejected = try await bench.asking("rejected")
    let blocked = try await bench.asking("blocked")
    let gone = try await bench.asking("gone")
    try await bench.registry.reject(rejected, by: bench.owner)
    try await bench.registry.block(blocked, by: bench.owner)
    try await bench.registry.remove(gone, by: bench.owner)
    _ = try await bench.asking("pending")
    _ = try await bench.seen("seen")
    try await bench.registry.sighted(HandshakeBench.identity().id, name: "x", at: [PeerAddress(host: "198.51.100.7", port: 8765)], addedAs: .some("added"))
    _ = try await bench.registry.newEpoch()
    try await bench.store.pool.write { try $0.execute(sql: "INSERT INTO meta VALUES ('token secret', ?)", arguments: [Data(0..<32)]) }
    let log = OutcomeLog(store: bench.store)
    _ = try await log.begin("kept", of: approved, isReadOnly: false)
    try await log.finish("kept", of: approved, .success(SkillResult(requestID: "kept", result: ["words": 3], executionMilliseconds: 1, success: true)), hasFiles: false, audit: AuditEntry(caller: .peer(approved, .trusted), operation: "skill", subject: "text.word_count", at: Clock.now))
    try await bench.store.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    try bench.store.pool.close()
    for name in ["identity.key", "identity.crt", "rd.sqlite"] {
      unlink(out + "/" + name)
      try File.createAtomically(out + "/" + name, try #require(try File.read(folder.path + "/" + name, limit: 1 << 20)), mode: 0o600)
    }
    print("ID", identity.id)
  }
}
