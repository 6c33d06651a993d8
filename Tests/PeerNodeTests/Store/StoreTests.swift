import FoundationEssentials
import GRDB
import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

@Suite struct StoreTests {
  let folder = TemporaryFolder()
  var path: String { folder.path + "/rd.sqlite" }

  @Test func aSecretIsMadeOnceAndKept() throws {
    let first = try Store(directory: folder.path)
    let secret = try first.secret("token secret", count: 32)
    #expect(secret.count == 32)
    #expect(try first.secret("token secret", count: 32) == secret)
    #expect(try first.secret("other", count: 32) != secret)
    try first.pool.close()
    #expect(try Store(directory: folder.path).secret("token secret", count: 32) == secret)
  }

  /// What was acknowledged survives power loss: every commit is flushed (sqlite.org/pragma.html#pragma_synchronous).
  @Test func everyCommitIsFlushed() throws {
    let store = try Store(directory: folder.path)
    #expect(try store.pool.write { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
    #expect(try store.pool.write { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
  }

  @Test(arguments: [
    "not a database at all, but long enough to have a header of its own, which is 100 bytes long; really."
  ])
  func aDamagedDatabaseIsRefusedAndUnchanged(_ text: String) throws {
    try File.createAtomically(path, Array(text.utf8), mode: 0o600)
    let error = #expect(throws: NodeError.self) { try Store(directory: folder.path) }
    #expect(error?.code == .configuration)
    #expect(error?.hint == "restore it from a backup, or move it away to begin with no peers: mv \(path) \(path).bad")
    #expect(try File.read(path, limit: 1 << 20) == Array(text.utf8))
  }

  @Test func aDatabaseOfANewerVersionIsRefused() throws {
    let store = try Store(directory: folder.path)
    try store.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99: from the future')") }
    try store.pool.close()
    let error = #expect(throws: NodeError.self) { try Store(directory: folder.path) }
    #expect(error?.message == "the database was written by a newer rd")
  }

  /// Invariants that hold even if the code is wrong.
  @Test(arguments: [
    "'peer-x', 'a', 'discovered', 0", "'peer-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'friend', 0",
    "'peer-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'discovered', 75",
    "'peer-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'approved', 0",
    "'peer-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'approved', 60",
    "'peer-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'rejected', 100",
    "'peer-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'pending', 10",
  ])
  func theSchemaRefusesWhatCannotBe(_ values: String) throws {
    let store = try Store(directory: folder.path)
    func insert(_ values: String) throws {
      try store.pool.write { db in
        try db.execute(
          sql: """
            INSERT INTO peer (id, name, status, trust, epoch, host, port, isAdded, skills, firstSeen)
            VALUES (\(values), 0, 'h', 1, 0, '', 0)
            """)
      }
    }
    #expect(throws: DatabaseError.self) { try insert(values) }
    try insert("'peer-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'a', 'approved', 75")
  }

  // MARK: The state folder

  @Test func twoDaemonsOnOneStateFolderAreRefused() throws {
    let first = try StateDirectory(path: folder.path)
    let error = #expect(throws: NodeError.self) { try StateDirectory(path: folder.path) }
    #expect(error?.code == .alreadyRunning)
    #expect(error?.message == "another rd already uses the state folder \(folder.path)")
    withExtendedLifetime(first) {}
  }

  @Test func theLockEndsWithItsHolder() throws {
    do { _ = try StateDirectory(path: folder.path) }
    #expect(throws: Never.self) { try StateDirectory(path: folder.path) }
  }

  @Test func foldersAreMadeForTheirOwnerOnly() throws {
    let deep = folder.path + "/a/b/c"
    let state = try StateDirectory(path: deep)
    var status = stat()
    #expect(stat(state.path, &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o700)
  }

  @Test(arguments: ["/proc/rd-tests", "/dev/null/rd", ""]) func aFolderThatCannotBeMadeIsSaid(_ path: String) {
    let error = #expect(throws: NodeError.self) { try StateDirectory(path: path) }
    #expect(error?.code == .configuration)
    #expect(error?.hint == "name another one: rd --state-dir DIR")
  }

  @Test func aFileInItsPlaceIsSaid() throws {
    let file = folder.path + "/file"
    try File.createAtomically(file, [1], mode: 0o600)
    let error = #expect(throws: NodeError.self) { try StateDirectory(path: file) }
    #expect(error?.code == .configuration)
  }

  @Test func twoDaemonsOnOneSocketAreRefused() throws {
    let first = try SocketLock(socket: folder.path + "/rd.sock")
    let error = #expect(throws: NodeError.self) { try SocketLock(socket: folder.path + "/rd.sock") }
    #expect(error?.code == .alreadyRunning)
    withExtendedLifetime(first) {}
  }

  // MARK: Small files

  @Test func aFileIsMadeWholeAndNeverReplaced() throws {
    let file = folder.path + "/f"
    try File.createAtomically(file, [1, 2, 3], mode: 0o600)
    let error = #expect(throws: SystemError.self) { try File.createAtomically(file, [4], mode: 0o600) }
    #expect(error?.number == EEXIST)
    #expect(try File.read(file, limit: 3) == [1, 2, 3])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["f"])
  }

  @Test func readingHasALimit() throws {
    let file = folder.path + "/f"
    try File.createAtomically(file, [UInt8](repeating: 7, count: 100_000), mode: 0o600)
    #expect(try File.read(file, limit: 100_000)?.count == 100_000)
    let error = #expect(throws: SystemError.self) { try File.read(file, limit: 99_999) }
    #expect(error?.number == EFBIG)
    #expect(try File.read(folder.path + "/missing", limit: 1) == nil)
  }
}
