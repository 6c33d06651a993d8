import LocalAPI
import NIOCore
import PeerModel
import Testing

@testable import PeerNode

/// Files beside JSON between nodes: one line, then data frames.
@Suite struct FramedBodyTests {
  /// Chunks as a sender would have them.
  struct Chunks: AsyncSequence, Sendable {
    typealias Element = FileChunk
    typealias Failure = any Error
    var list: [FileChunk]
    struct AsyncIterator: AsyncIteratorProtocol {
      var list: [FileChunk]
      mutating func next() async throws -> FileChunk? { list.isEmpty ? nil : list.removeFirst() }
    }
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(list: list) }
  }

  /// Buffers as a connection would deliver them.
  struct Pieces: AsyncIteratorProtocol {
    var list: [[UInt8]]
    mutating func next() async throws -> ByteBuffer? { list.isEmpty ? nil : ByteBuffer(bytes: list.removeFirst()) }
  }

  /// A connection that brings some bytes and then nothing, and never ends.
  struct Stalling: AsyncIteratorProtocol {
    var first: [UInt8]?
    mutating func next() async throws -> ByteBuffer? {
      if let bytes = first {
        first = nil
        return ByteBuffer(bytes: bytes)
      }
      try await Task.sleep(for: .seconds(3600))
      return nil
    }
  }

  @Test func aSenderThatStopsIsGivenUp() async throws {
    let wire = try await Self.wire(["a": 1], [Self.chunk(1, [1, 2, 3], last: true)])
    let reader = FrameReader(Stalling(first: wire.dropLast(2)), patience: .milliseconds(50))
    #expect(try await reader.head() == ["a": 1])
    let error = await #expect(throws: NodeError.self) { while try await reader.next() != nil {} }
    #expect(error?.code == .timedOut)
  }

  static func chunk(_ stream: Int, _ bytes: [UInt8], last: Bool) -> FileChunk {
    FileChunk(stream: stream, bytes: ByteBuffer(bytes: bytes), isLast: last)
  }

  static func wire(_ head: JSONValue, _ chunks: [FileChunk]) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await buffer in FramedBody(head: head, files: Chunks(list: chunks)) { bytes += buffer.readableBytesView }
    return bytes
  }

  static func read(_ pieces: [[UInt8]]) async throws -> (JSONValue, [Int: [UInt8]]) {
    let reader = FrameReader(Pieces(list: pieces))
    let head = try await reader.head()
    var files: [Int: [UInt8]] = [:]
    for try await chunk in reader { files[chunk.stream, default: []] += chunk.bytes.readableBytesView }
    return (head, files)
  }

  @Test(arguments: [0, 1, 7, 4096]) func whatIsWrittenIsReadWhateverThePieces(_ piece: Int) async throws {
    let first = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
    let head: JSONValue = ["skill": "text", "n": 1]
    let bytes = try await Self.wire(
      head,
      [
        Self.chunk(1, first, last: false), Self.chunk(1, [], last: true), Self.chunk(2, [], last: true),
        Self.chunk(3, [0x0A], last: true),
      ])
    let pieces =
      piece == 0
      ? [bytes] : stride(from: 0, to: bytes.count, by: piece).map { Array(bytes[$0..<min($0 + piece, bytes.count)]) }
    let (read, files) = try await Self.read(pieces)
    #expect(read == head)
    #expect(files == [1: first, 2: [], 3: [0x0A]])
  }

  @Test func threeMebibytesArriveExactly() async throws {
    let file = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let chunks = stride(from: 0, to: file.count, by: DataFrame.preferredSize).map { offset in
      Self.chunk(
        1, Array(file[offset..<min(offset + DataFrame.preferredSize, file.count)]),
        last: offset + DataFrame.preferredSize >= file.count)
    }
    let bytes = try await Self.wire([:], chunks)
    let pieces = stride(from: 0, to: bytes.count, by: 50_000).map { Array(bytes[$0..<min($0 + 50_000, bytes.count)]) }
    let files = try await Self.read(pieces).1
    #expect(files == [1: file])
  }

  /// Cut anywhere: an error, or what had come whole before the cut; never something else.
  @Test func aBodyThatIsCutIsNoticed() async throws {
    let bytes = try await Self.wire(["a": 1], [Self.chunk(1, [1, 2, 3], last: true)])
    for count in 0..<bytes.count {
      let outcome: (JSONValue, [Int: [UInt8]])?
      do { outcome = try await Self.read([Array(bytes.prefix(count))]) } catch {
        #expect((error as? NodeError)?.code == .malformed, "cut at \(count)")
        continue
      }
      #expect(count == 8, "only the head, whole: cut at \(count)")
      #expect(outcome?.0 == ["a": 1])
      #expect(outcome?.1 == [:])
    }
  }

  static let broken: [(String, ErrorCode)] = [
    ("", .malformed), ("{}", .malformed), ("not json\n", .malformed), ("{}\nnot json\n", .malformed),
    ("{}\n{}\n", .invalidRequest), ("{}\n[]\n", .invalidRequest),
    ("{}\n{\"jsonrpc\":\"2.0\",\"method\":\"other\"}\n", .invalidRequest),
    ("{}\n" + frame(size: -1), .invalidRequest), ("{}\n" + frame(size: 9_999_999), .invalidRequest),
  ]

  private static func frame(size: Int) -> String {
    "{\"jsonrpc\":\"2.0\",\"method\":\"$/data\",\"params\":{\"stream\":1,\"size\":\(size)}}\n"
  }

  @Test(arguments: broken)
  func whatIsNoFramedBodyIsRefused(_ text: String, _ code: ErrorCode) async {
    await expectRefusal(code) { try await Self.read([Array(text.utf8)]) }
  }

  // MARK: Which files belong to a message

  @Test(
    arguments: [
      ([:], [:]), (["file": ["name": "a", "$stream": 1]], [1: "a"]),
      (["list": [["name": "a", "$stream": 1], ["name": "b", "$stream": 2]], "x": 1], [1: "a", 2: "b"]),
      (["file": ["name": "a", "text": "x"]], [:]), (["file": ["name": "../a", "$stream": 1]], [:]),
      (["$stream": 3], [3: "file"]),
    ] as [(JSONValue, [Int: String])])
  func streamsAreFoundByTheirReferences(_ json: JSONValue, _ streams: [Int: String]) {
    #expect(Spooling.streams(in: json) == streams)
  }

  private static func collect(
    _ chunks: [FileChunk], _ names: [Int: String], limit: Int = 1000
  ) async throws -> [Int: [UInt8]] {
    try await withBench { bench in
      let message = JSONValue.array(names.map { FileReference(name: $0.value, content: .stream($0.key)).json })
      let expected = ExpectedChunks(Chunks(list: chunks), for: message, limit: 1 << 20)
      let files = try await Spooling.collect(expected, names: names, workspace: bench.workspace, limit: limit)
      return try files.mapValues { Array(try $0.read(at: 0, count: 10_000)) }
    }
  }

  private static func withBench<Value>(_ body: (SkillBench) async throws -> Value) async throws -> Value {
    var value: Value?
    try await SkillBench.run { value = try await body($0) }
    return try #require(value)
  }

  @Test func filesAreCollectedWhole() async throws {
    let files = try await Self.collect(
      [Self.chunk(1, [1], last: false), Self.chunk(1, [2], last: true), Self.chunk(2, [], last: true)],
      [1: "a", 2: "b"])
    #expect(files == [1: [1, 2], 2: []])
  }

  @Test func whatIsOutOfOrderIsRefused() async throws {
    await expectRefusal(.invalidRequest) { try await Self.collect([Self.chunk(9, [1], last: true)], [1: "a"]) }
    await expectRefusal(.invalidRequest) {
      try await Self.collect([Self.chunk(1, [1], last: false), Self.chunk(2, [1], last: true)], [1: "a", 2: "b"])
    }
    await expectRefusal(.invalidRequest) {
      try await Self.collect([Self.chunk(1, [1], last: true), Self.chunk(1, [1], last: true)], [1: "a", 2: "b"])
    }
    await expectRefusal(.malformed) { try await Self.collect([Self.chunk(1, [1], last: false)], [1: "a"]) }
    await expectRefusal(.malformed) { try await Self.collect([], [1: "a"]) }
  }

  @Test func filesHaveALimit() async throws {
    #expect(try await Self.collect([Self.chunk(1, [1, 2, 3], last: true)], [1: "a"], limit: 3) == [1: [1, 2, 3]])
    await expectRefusal(.tooLarge) {
      try await Self.collect([Self.chunk(1, [1, 2, 3], last: true)], [1: "a"], limit: 2)
    }
    let names = Dictionary(uniqueKeysWithValues: (1...65).map { ($0, "f\($0)") })
    await expectRefusal(.tooLarge) { try await Self.collect([], names) }
  }
}
