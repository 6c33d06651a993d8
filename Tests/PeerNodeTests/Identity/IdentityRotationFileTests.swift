import FoundationEssentials
import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Changing the key on disk: whatever moment a crash takes, the folder holds a whole old identity or a whole new one.
@Suite struct IdentityRotationFileTests {
  let folder = TemporaryFolder()
  var files: IdentityFiles { IdentityFiles(directory: folder.path) }

  private func content() throws -> [String: Data] {
    var content: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      content[name] = try Data(contentsOf: URL(filePath: folder.path + "/" + name))
    }
    return content
  }

  private func put(_ content: [String: Data]) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) { unlink(folder.path + "/" + name) }
    for (name, data) in content {
      try File.createAtomically(
        folder.path + "/" + name, Array(data), mode: name.hasPrefix("identity.key") ? 0o600 : 0o644)
    }
  }

  @Test func aNewKeyComesWithTheStatementThatLeadsToIt() throws {
    let old = try files.loadOrCreate()
    let new = try files.rotate(old, now: 1_700_000_000)
    #expect(new.id != old.id)
    let loaded = try files.loadOrCreate()
    #expect(loaded.id == new.id)
    #expect(loaded.since == 1_700_000_000)
    #expect(loaded.rotations == new.rotations)
    let statement = try #require(loaded.rotations.newest)
    #expect((statement.old.id, statement.new.id) == (old.id, new.id))
    #expect(statement.sequence == 1)
    #expect(throws: Never.self) { try statement.verify() }
    #expect(try content().keys.sorted() == ["identity.crt", "identity.key", "identity.rotations"])
  }

  @Test func eachChangeLengthensTheChain() throws {
    var identity = try files.loadOrCreate()
    let first = identity.id
    for _ in 0..<12 { identity = try files.rotate(identity, now: 1_700_000_000) }
    let loaded = try files.loadOrCreate()
    #expect(loaded.rotations.statements.map(\.sequence) == Array((1...12).reversed()))
    #expect(loaded.rotations.statements.last?.old.id == first)
    #expect(loaded.rotations.presented.statements.count == RotationChain.maximum)
    #expect(throws: Never.self) { try loaded.rotations.verify() }
  }

  @Test func theOldKeyIsDestroyed() throws {
    let old = try files.loadOrCreate()
    // A second name for the same bytes on disk shows what becomes of them.
    let other = TemporaryFolder()
    #expect(link(folder.path + "/identity.key", other.path + "/key") == 0)
    let before = try Data(contentsOf: URL(filePath: other.path + "/key"))
    _ = try files.rotate(old, now: 1)
    let after = try Data(contentsOf: URL(filePath: other.path + "/key"))
    #expect(after.count == before.count)
    #expect(after.allSatisfy { $0 == 0 })
  }

  /// Every state that the folder passes through, put there as a crash would leave it.
  @Test func aCrashAtAnyMomentLeavesAWholeIdentity() throws {
    let first = try files.loadOrCreate()
    let old = try files.rotate(first, now: 1)
    let before = try content()
    let new = try files.rotate(old, now: 2)
    let after = try content()
    func mixed(_ names: String...) -> [String: Data] { before.merging(after.filter { names.contains($0.key) }) { $1 } }
    func adding(_ content: [String: Data], _ name: String, _ data: Data?) -> [String: Data] {
      content.merging([name: data ?? Data()]) { $1 }
    }
    let key = try #require(after["identity.key"])
    let statements = try #require(after["identity.rotations"])
    let told = mixed("identity.rotations")
    let states: [(String, [String: Data], Identity)] = [
      ("nothing done", before, old),
      ("an empty list begun", adding(before, "identity.rotations.new", nil), old),
      ("half a list", adding(before, "identity.rotations.new", statements.prefix(100)), old),
      ("a whole list without its name", adding(before, "identity.rotations.new", statements), old),
      ("the statement without the key", told, old),
      ("an empty key begun", adding(told, "identity.key.new", nil), old),
      ("half a key", adding(told, "identity.key.new", key.prefix(60)), old),
      ("a whole key without its name", adding(told, "identity.key.new", key), old),
      ("the key, the old certificate", mixed("identity.rotations", "identity.key"), new),
      (
        "the key, no certificate", mixed("identity.rotations", "identity.key").filter { $0.key != "identity.crt" }, new
      ),
      (
        "half a certificate", adding(mixed("identity.rotations", "identity.key"), "identity.crt.new", key.prefix(50)),
        new
      ),
      ("all done", after, new),
    ]
    for (name, state, expected) in states {
      try put(state)
      let loaded = try files.loadOrCreate()
      #expect(loaded.id == expected.id, "\(name)")
      #expect(loaded.rotations == expected.rotations, "\(name)")
      #expect(try IdentityFiles(directory: folder.path).loadOrCreate().certificate == loaded.certificate, "\(name)")
      #expect(try content().keys.sorted() == ["identity.crt", "identity.key", "identity.rotations"], "\(name)")
      // And it can be changed again, with a chain that its peers can follow.
      let next = try files.rotate(loaded, now: 3)
      #expect(next.rotations.newest?.old.id == expected.id, "\(name)")
      #expect(throws: Never.self, "\(name)") { try next.rotations.verify() }
    }
  }

  @Test(arguments: ["", "garbage", "{}", "[{}]"]) func damagedStatementsAreSaidAndKept(_ damage: String) throws {
    let old = try files.loadOrCreate()
    _ = try files.rotate(old, now: 1)
    let path = folder.path + "/identity.rotations"
    try File.replaceAtomically(path, Array(damage.utf8), mode: 0o644)
    let error = #expect(throws: NodeError.self) { try files.loadOrCreate() }
    #expect(error?.code == .identityDamaged)
    #expect(error?.hint?.hasSuffix("rm \(path)") == true)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == damage)
  }

  @Test func aFolderThatCannotBeWrittenChangesNothing() throws {
    let old = try files.loadOrCreate()
    mkdir(folder.path + "/identity.rotations.new", 0o700)
    let error = #expect(throws: NodeError.self) { try files.rotate(old, now: 1) }
    #expect(error?.message.hasPrefix("cannot write the identity") == true)
    rmdir(folder.path + "/identity.rotations.new")
    #expect(try files.loadOrCreate().id == old.id)
  }
}
