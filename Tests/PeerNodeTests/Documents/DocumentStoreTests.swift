import Crypto
import Foundation
import NIOCore
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// What is kept on disk, and for whom.
@Suite struct DocumentStoreTests {
  struct Bench: Sendable {
    let folder = TemporaryFolder()
    let identity: Identity
    var limits = DocumentStore.Limits()
    init() { identity = HandshakeBench.identity() }

    var directory: String { folder.path + "/documents" }
    var files: [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }
    func open() throws -> DocumentStore {
      let store = try Store(directory: folder.path)
      let registry = try Registry(store: store, identity: identity, events: EventHub())
      return try DocumentStore(store: store, registry: registry, directory: directory, limits: limits)
    }
  }

  static func stream(_ bytes: [UInt8], failing: Bool = false) -> AsyncThrowingStream<ByteBuffer, any Error> {
    AsyncThrowingStream { continuation in
      for start in stride(from: 0, to: bytes.count, by: 1000) {
        continuation.yield(ByteBuffer(bytes: bytes[start..<min(start + 1000, bytes.count)]))
      }
      continuation.finish(throwing: failing ? NodeError(.malformed, "the connection ended within a file") : nil)
    }
  }
  static func add(
    _ store: DocumentStore, _ text: String, _ name: String = "a.txt", size: Int? = nil, hash: [UInt8]? = nil,
    from peer: PeerID? = nil, request: String? = nil
  ) async throws -> StoredDocument {
    try await store.add(
      .init(name: name, size: size, hash: hash, origin: peer, request: request), from: stream(Array(text.utf8)))
  }
  static func text(_ document: StoredDocument, in store: DocumentStore) throws -> String {
    String(decoding: try store.open(document).contents(limit: 1 << 20), as: UTF8.self)
  }

  @Test func equalBytesAreOnDiskOnceAndNothingTellsSo() async throws {
    let bench = Bench()
    let store = try bench.open()
    let (one, two) = (HandshakeBench.identity().id, HandshakeBench.identity().id)
    let documents = [
      try await Self.add(store, "same"), try await Self.add(store, "same", from: one),
      try await Self.add(store, "same", "b.txt", from: two),
    ]
    #expect(Set(documents.map(\.id)).count == 3)
    #expect(bench.files.count == 1)
    for document in documents { #expect(try Self.text(document, in: store) == "same") }
    #expect(try await store.list(visibleTo: one).map(\.id) == [documents[1].id])
    // Removing takes the bytes with the last document that has them.
    for (index, document) in documents.enumerated() {
      #expect(bench.files.count == 1, "before \(index)")
      try await store.remove(document)
    }
    #expect(bench.files.isEmpty)
  }

  @Test func theSameAgainIsTheSameDocument() async throws {
    let bench = Bench()
    defer { withExtendedLifetime(bench) {} }
    let store = try bench.open()
    let peer = HandshakeBench.identity().id
    let first = try await Self.add(store, "a", from: peer, request: "r-1")
    #expect(try await Self.add(store, "a", from: peer).id == first.id)
    #expect(try await Self.add(store, "other", from: peer, request: "r-1").id == first.id, "a repeated request")
    #expect(try await Self.add(store, "other", from: peer, request: "r-2").id != first.id)
    #expect(try await store.list().count == 2)
  }

  @Test func onlyWholeDocumentsAreKept() async throws {
    let bench = Bench()
    let store = try bench.open()
    await expectRefusal(.malformed) {
      try await store.add(.init(name: "a", origin: nil), from: Self.stream([1, 2, 3], failing: true))
    }
    await expectRefusal(.invalidArguments) { try await Self.add(store, "abc", size: 4) }
    await expectRefusal(.tooLarge) { try await Self.add(store, "abc", size: 2) }
    await expectRefusal(.invalidArguments) { try await Self.add(store, "abc", hash: [UInt8](repeating: 0, count: 32)) }
    #expect(bench.files.isEmpty)
    let hash = Array(SHA256.hash(data: Array("abc".utf8)))
    #expect(try await Self.add(store, "abc", size: 3, hash: hash).hash == hash)
    #expect(bench.files == [Hexadecimal.text(hash)])
  }

  @Test func whatACrashLeftIsSweptAndWhatIsNotOursStays() async throws {
    let bench = Bench()
    let kept = try await Self.add(try bench.open(), "kept")
    let orphan = String(repeating: "ab", count: 32)
    for name in ["rd-new-1", orphan, "README"] {
      try Data("x".utf8).write(to: URL(filePath: "\(bench.directory)/\(name)"))
    }
    let store = try bench.open()
    #expect(bench.files == ["README", Hexadecimal.text(kept.hash)].sorted())
    #expect(try Self.text(kept, in: store) == "kept")
  }

  @Test func bytesThatWereChangedOnDiskAreNotGivenOut() async throws {
    let bench = Bench()
    let store = try bench.open()
    let document = try await Self.add(store, "abc")
    try Data("abcd".utf8).write(to: URL(filePath: "\(bench.directory)/\(bench.files[0])"))
    expectRefusal(.internal) { try store.open(document) }
    try FileManager.default.removeItem(atPath: "\(bench.directory)/\(bench.files[0])")
    expectRefusal(.notFound) { try store.open(document) }
  }

  @Test func anOpenDocumentCanBeReadToItsEnd() async throws {
    let bench = Bench()
    defer { withExtendedLifetime(bench) {} }
    let store = try bench.open()
    let document = try await Self.add(store, "abc")
    let file = try store.open(document)
    try await store.remove(document)
    #expect(try file.contents(limit: 10) == Array("abc".utf8))
  }

  // MARK: Limits

  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var change: @Sendable (inout DocumentStore.Limits) -> Void
    var testDescription: String { name }
  }
  static let rows = [
    Row(name: "documents of one peer") { $0.peerDocuments = 2 },
    Row(name: "bytes of one peer") { $0.peerBytes = 25 },
    Row(name: "bytes of all peers") { $0.allBytes = 25 },
  ]
  @Test(arguments: rows) func peersFillOnlySoMuch(_ row: Row) async throws {
    var bench = Bench()
    row.change(&bench.limits)
    let store = try bench.open()
    let peer = HandshakeBench.identity().id
    let text = "ten bytes."
    let first = try await Self.add(store, text, "1", size: 10, from: peer)
    _ = try await Self.add(store, text, "2", size: 10, from: peer)
    await expectRefusal(.limitReached) { try await Self.add(store, text, "3", size: 10, from: peer) }
    // The same bytes count each time, so nobody learns from it what others have. The owner is not bounded.
    _ = try await Self.add(store, text, "4", size: 10)
    try await store.remove(first)
    _ = try await Self.add(store, text, "5", size: 10, from: peer)
  }

  @Test func uploadsAtTheSameTimeShareTheLimit() async throws {
    var bench = Bench()
    bench.limits.peerBytes = 15
    let store = try bench.open()
    let peer = HandshakeBench.identity().id
    let (held, feed) = AsyncThrowingStream.makeStream(of: ByteBuffer.self, throwing: (any Error).self)
    async let first = store.add(.init(name: "1", size: 10, origin: peer), from: held)
    // The first upload has its place, or it will be the one that is refused.
    feed.yield(ByteBuffer(string: "ten"))
    try await eventually("the first upload has begun") { !bench.files.isEmpty }
    await expectRefusal(.limitReached) { try await Self.add(store, "ten bytes.", "2", size: 10, from: peer) }
    feed.yield(ByteBuffer(string: " bytes."))
    feed.finish()
    let size = try await first.size
    #expect(size == 10)
    _ = try await Self.add(store, "five.", "3", size: 5, from: peer)
  }

  // MARK: Names

  @Test func aDocumentIsFoundByIDPrefixOrName() async throws {
    let bench = Bench()
    defer { withExtendedLifetime(bench) {} }
    let store = try bench.open()
    let document = try await Self.add(store, "abc", "report.pdf")
    for word in [document.id, String(document.id.prefix(8)), String(document.id.dropFirst(4)), "report.pdf"] {
      #expect(try await store.resolve(word).id == document.id)
    }
    for word in ["", "doc", "doc-", "report", String(document.id.dropFirst(4).prefix(3))] {
      await expectRefusal(.notFound) { try await store.resolve(word) }
    }
    _ = try await Self.add(store, "def", "report.pdf")
    await expectRefusal(.ambiguous) { try await store.resolve("report.pdf") }
  }
}
