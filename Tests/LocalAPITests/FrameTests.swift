import LocalAPI
import PeerModel
import SeededRandom
import Testing

@Suite struct FrameTests {
  /// What a stream consists of, and what a scanner finds in it.
  enum Item: Hashable, Sendable {
    case line([UInt8])
    case data([UInt8])
  }

  /// Feeds pieces of any size to a scanner, as a socket would.
  static func scan(_ pieces: [[UInt8]]) throws -> [Item] {
    var scanner = FrameScanner()
    var unread: [UInt8] = []
    var run: [UInt8] = []
    var items: [Item] = []
    for piece in pieces {
      unread += piece
      reading: while true {
        let step = try unread.withUnsafeBytes { bytes in Result { () throws(NodeError) in try scanner.next(bytes) } }
          .get()
        switch step {
        case .needMore: break reading
        case .line(let length):
          let line = Array(unread[..<length])
          #expect(unread[length] == 0x0A)
          unread.removeFirst(length + 1)
          items.append(.line(line))
          if let frame = try? Self.frame(line) { scanner.expectData(frame.size) }
        case .data(let length, let isEnd):
          #expect(length > 0 || isEnd, "progress is made")
          run += unread[..<length]
          unread.removeFirst(length)
          if isEnd {
            items.append(.data(run))
            run = []
          }
        }
      }
    }
    #expect(unread.isEmpty && run.isEmpty)
    return items
  }

  static func frame(_ line: [UInt8]) throws -> DataFrame? {
    guard case .notification(Notification.data, let parameters) = try Message(request: JSONParser.parse(line)) else {
      return nil
    }
    return try DataFrame(parameters: parameters)
  }

  @Test(arguments: 1...20) func anySplitGivesTheSameLinesAndRuns(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    var expected: [Item] = []
    for _ in 0..<Int.random(in: 1...12, using: &generator) {
      if Bool.random(using: &generator) {
        let line = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
          UInt8.random(in: 0x20...0x7E, using: &generator)
        }
        bytes += line + [0x0A]
        expected.append(.line(line))
      } else {
        // Newlines within a run are bytes like all others.
        let run = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
          UInt8.random(in: 0x08...0x0C, using: &generator)
        }
        let head = DataFrame(request: .integer(1), stream: 1, size: run.count, isLast: Bool.random(using: &generator))
          .head
        bytes += head + run
        expected += [.line(Array(head.dropLast())), .data(run)]
      }
    }
    #expect(try Self.scan([bytes]) == expected, "in one piece")
    #expect(try Self.scan(bytes.map { [$0] }) == expected, "byte by byte")
    for _ in 0..<10 {
      var pieces: [[UInt8]] = []
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Int.random(in: 0...rest.count, using: &generator)
        pieces.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(try Self.scan(pieces) == expected, "\(pieces.map(\.count))")
    }
  }

  /// - Parameter newline: where the only newline is.
  /// - Returns: what the scanner says of so many bytes after it has seen the longest line without its newline.
  static func step(ofBytes count: Int, newline: Int?) throws(NodeError) -> FrameScanner.Step {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
    defer { bytes.deallocate() }
    bytes.initializeMemory(as: UInt8.self, repeating: 0x61)
    if let newline { bytes[newline] = 0x0A }
    var scanner = FrameScanner()
    let beginning = UnsafeRawBufferPointer(rebasing: bytes[..<FrameScanner.maximumLine])
    guard try scanner.next(beginning) == .needMore else { return .needMore }
    return try scanner.next(UnsafeRawBufferPointer(bytes))
  }

  @Test func aLineHasALimit() throws {
    let maximum = FrameScanner.maximumLine
    #expect(maximum == 8 << 20, "contract section 7")
    #expect(try Self.step(ofBytes: maximum + 1, newline: maximum) == .line(length: maximum))
    let refusal = NodeError(.invalidRequest, "a line is longer than 8388608 bytes")
    #expect(throws: refusal) { try Self.step(ofBytes: maximum + 1, newline: nil) }
    #expect(throws: refusal) { try Self.step(ofBytes: maximum + 2, newline: maximum + 1) }
  }

  @Test(arguments: [
    DataFrame(request: .integer(7), stream: 1, size: 0, isLast: true),
    DataFrame(request: .string("a\nb"), stream: 2, size: 1 << 20, isLast: false),
    DataFrame(request: nil, stream: 64, size: 5, isLast: true),
  ])
  func aFrameSurvivesItsHead(_ frame: DataFrame) throws {
    #expect(frame.head.last == 0x0A)
    #expect(try Self.frame(frame.head.dropLast()) == frame)
  }

  @Test(
    arguments: [
      ([:], "/stream: missing"), (["stream": 1], "/size: missing"),
      (["stream": "1", "size": 1], "/stream: expected an integer, got string"),
      (["stream": 1, "size": -1], "a data frame has at most 1048576 bytes"),
      (["stream": 1, "size": 1_048_577], "a data frame has at most 1048576 bytes"),
      (["stream": 1, "size": .integer(.max)], "a data frame has at most 1048576 bytes"),
      (["stream": 1, "size": 1, "last": 1], "/last: expected true or false, got integer"),
      ([], "/: expected an object, got array"),
    ] as [(JSONValue, String)])
  func aBadFrameIsRefused(_ parameters: JSONValue, _ message: String) {
    let error = #expect(throws: NodeError.self) { try DataFrame(parameters: parameters) }
    #expect(error?.message == message)
  }
}
