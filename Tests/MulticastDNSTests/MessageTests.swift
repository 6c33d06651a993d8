import Testing

@testable import MulticastDNS

@Suite struct MessageTests {
  static let everyKind: [ResourceRecord] =
    Bench.service("alice") + [
      ResourceRecord(
        Bench.name("rd-b.local"), .aaaa, ttl: 120, cacheFlush: true,
        .address(IPAddress(bytes: [0xFE, 0x80] + [UInt8](repeating: 0, count: 13) + [1]) ?? Bench.address(1))),
      ResourceRecord(Bench.name("rd-b.local"), .nsec, ttl: 120, cacheFlush: true, .existing([.a, .aaaa])),
      ResourceRecord(Bench.name("x.local"), RecordType(rawValue: 5), ttl: 9, .opaque([1, 2, 3])),
    ]

  @Test func recordsOfEveryKindSurviveTheWire() throws {
    var message = Bench.response(Self.everyKind)
    message.questions = [Question(Bench.type, .ptr, unicast: true), Question(Bench.name("rd-b.local"), .any)]
    message.authorities = [Bench.srv("bob")]
    message.additionals = [Bench.text("bob", [0])]
    message.id = 0x1234
    message.isTruncated = true
    #expect(try Message(parsing: message.encoded()) == message)
  }

  @Test func namesAreCompressed() {
    let records = (0..<20).map { Bench.pointer("instance-\($0)") }
    let plain = records.reduce(12) { $0 + 10 + $1.name.wire.count * 2 }
    #expect(Bench.response(records).encoded().count * 2 < plain + 20 * 12)
  }

  @Test func aPacketForAPlainResolverHasShortLivesAndNoFlushBit() throws {
    let message = try Message(parsing: Bench.response([Bench.srv("alice")]).encoded(isLegacy: true))
    #expect(message.answers.first?.ttl == 10)
    #expect(message.answers.first?.cacheFlush == false)
  }

  @Test func whatDoesNotFitIsTakenBack() throws {
    var writer = MessageWriter(isResponse: true)
    var taken = 0
    while writer.add(Bench.pointer("instance-\(taken)"), to: .answer, limit: 200) { taken += 1 }
    // A name first written in a record taken back must not be pointed to.
    let isTaken = writer.add(Bench.a("instance-\(taken).local", 1), to: .answer, limit: 300)
    #expect(isTaken)
    let bytes = writer.finish()
    let message = try Message(parsing: bytes)
    #expect(bytes.count <= 300)
    #expect(message.answers.count == taken + 1)
    #expect(message.answers.last?.name == Bench.name("instance-\(taken).local"))
  }

  static let header: [UInt8] = [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0]
  static let longName = (0..<4).flatMap { _ in [63] + [UInt8](repeating: 0x61, count: 63) }
  static let malformed: [(String, [UInt8], MessageError)] = [
    ("nothing", [], .truncated),
    ("half a header", [0, 0, 0x84, 0], .truncated),
    ("counts without records", [0, 0, 0x84, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .truncated),
    ("an operation code", [0, 0, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0], .unsupported),
    ("a result code", [0, 0, 0x84, 3, 0, 0, 0, 0, 0, 0, 0, 0], .unsupported),
    ("a name that points to itself", header + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 0], .malformedName),
    ("a name that points forwards", header + [0xC0, 14, 0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 0], .malformedName),
    ("a loop of two", header + [1, 0x61, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 0], .malformedName),
    ("a reserved label type", header + [0x41, 0x61, 0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 0], .malformedName),
    ("half a pointer", header + [0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 0xC0], .truncated),
    ("a label beyond the end", header + [63, 0x61, 0x61, 0x61, 0, 1, 0, 1, 0, 0, 0, 9, 0, 0], .truncated),
    ("data beyond the end", header + [0, 0, 1, 0, 1, 0, 0, 0, 9, 0xFF, 0xFF, 1, 2], .truncated),
    ("a name of 257 bytes", header + longName + [0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 0], .malformedName),
  ]

  @Test(arguments: malformed)
  func brokenPacketsAreRefused(what: String, bytes: [UInt8], error: MessageError) {
    #expect(throws: error) { try Message(parsing: bytes) }
  }

  static let unfitting: [(String, UInt16, [UInt8])] = [
    ("an IPv4 address of three bytes", 1, [1, 2, 3]),
    ("an IPv6 address of four bytes", 28, [1, 2, 3, 4]),
    ("a pointer with something behind it", 12, [1, 0x61, 0, 7]),
    ("a pointer to nothing", 12, []),
    ("a service without a target", 33, [0, 0, 0, 0, 0, 80]),
    ("a text longer than its record", 16, [9, 0x61]),
    ("a type bitmap of length zero", 47, [0, 0, 0]),
    ("a type bitmap beyond its record", 47, [0, 0, 32, 1]),
    ("a type bitmap for another name", 47, [1, 0x61, 0, 0, 1, 0x40]),
  ]

  @Test(arguments: unfitting)
  func recordsWhoseDataDoesNotFitAreLeftOut(what: String, type: UInt16, data: [UInt8]) throws {
    let record = [0, UInt8(type >> 8), UInt8(type & 0xFF), 0, 1, 0, 0, 0, 9, 0, UInt8(data.count)] + data
    let good: [UInt8] = [0, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 1]
    var bytes = Self.header + record + good
    bytes[7] = 2
    #expect(try Message(parsing: bytes).answers.map(\.type) == [.a])
  }

  @Test func longPointerChainsAreCut() {
    // Pointers to pointers, each two bytes further on: legal to the letter, and work without end.
    var bytes = Self.header + [0, 0, 1, 0, 1, 0, 0, 0, 9, 0x08, 0]
    let start = bytes.count
    bytes += [0, 0]
    for index in 1..<1024 {
      let target = start + (index - 1) * 2
      bytes += [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)]
    }
    let last = bytes.count - 2
    bytes += [0xC0 | UInt8(last >> 8), UInt8(last & 0xFF), 0, 1, 0, 1, 0, 0, 0, 9, 0, 0]
    bytes[7] = 2
    #expect(throws: MessageError.malformedName) { try Message(parsing: bytes) }
  }

  @Test func randomMessagesSurviveTheWire() throws {
    var random = SplitMix64(seed: 3)
    for _ in 0..<300 {
      var message = Message()
      message.isResponse = Bool.random(using: &random)
      message.answers = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        var record = Self.everyKind.randomElement(using: &random) ?? Bench.srv("x")
        if record.type != .nsec {
          let labels = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            (0..<Int.random(in: 1...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
          }
          record.name = DNSName(labels: labels) ?? .local
        }
        record.ttl = UInt32.random(in: 0...86_400, using: &random)
        return record
      }
      #expect(try Message(parsing: message.encoded()) == message)
    }
  }
}
