/// A bounds-checked cursor over the bytes of one packet.
struct MessageReader {
  /// More jumps than the labels that fit in one name are never needed; the limit bounds the work per name.
  static let maximumPointers = 127

  let bytes: [UInt8]
  var offset = 0

  init(_ bytes: [UInt8], at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  var remaining: Int { bytes.count - offset }

  mutating func uint8() throws(MessageError) -> UInt8 {
    guard offset < bytes.count else { throw .truncated }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func uint16() throws(MessageError) -> UInt16 {
    guard remaining >= 2 else { throw .truncated }
    defer { offset += 2 }
    return UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }

  mutating func uint32() throws(MessageError) -> UInt32 {
    let high = try uint16()
    return UInt32(high) << 16 | UInt32(try uint16())
  }

  mutating func slice(_ count: Int) throws(MessageError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw .truncated }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  /// A possibly compressed name. Pointers must lead strictly backwards, so that no loop exists.
  mutating func name() throws(MessageError) -> DNSName {
    var wire: [UInt8] = []
    wire.reserveCapacity(64)
    var position = offset
    var lowest = offset
    var afterName: Int?
    var pointers = 0
    while true {
      guard position < bytes.count else { throw .truncated }
      let byte = bytes[position]
      switch byte & 0xC0 {
      case 0x00 where byte == 0:
        offset = afterName ?? position + 1
        wire.append(0)
        return DNSName(checkedWire: wire)
      case 0x00:
        let end = position + 1 + Int(byte)
        guard end <= bytes.count else { throw .truncated }
        guard wire.count + Int(byte) + 2 <= DNSName.maximumLength else { throw .malformedName }
        wire += bytes[position..<end]
        position = end
      case 0xC0:
        guard position + 1 < bytes.count else { throw .truncated }
        let target = Int(byte & 0x3F) << 8 | Int(bytes[position + 1])
        pointers += 1
        guard target < lowest, pointers <= Self.maximumPointers else { throw .malformedName }
        afterName = afterName ?? position + 2
        lowest = target
        position = target
      default:
        throw .malformedName
      }
    }
  }
}

extension Message {
  private static let shortestQuestion = 5
  private static let shortestRecord = 11
  /// No record lives longer than a day here, whatever its sender says.
  private static let longestLife: UInt32 = 86_400

  /// Reads a packet. Records of other classes, pseudo-records and records whose data does not fit their type are left
  /// out; a packet whose structure is broken is refused as a whole.
  ///
  /// - Throws: `MessageError` for anything that is not a well-formed, standard message.
  init(parsing bytes: [UInt8]) throws(MessageError) {
    var reader = MessageReader(bytes)
    id = try reader.uint16()
    let flags = try reader.uint16()
    guard flags & 0x7800 == 0, flags & 0x000F == 0 else { throw .unsupported }
    isResponse = flags & 0x8000 != 0
    isTruncated = flags & 0x0200 != 0
    let questionCount = Int(try reader.uint16())
    let answerCount = Int(try reader.uint16())
    let authorityCount = Int(try reader.uint16())
    let additionalCount = Int(try reader.uint16())
    let least =
      questionCount * Self.shortestQuestion + (answerCount + authorityCount + additionalCount) * Self.shortestRecord
    guard least <= reader.remaining else { throw .truncated }
    for _ in 0..<questionCount {
      let name = try reader.name()
      let type = RecordType(rawValue: try reader.uint16())
      let recordClass = try reader.uint16()
      guard [1, 255].contains(recordClass & 0x7FFF) else { continue }
      questions.append(Question(name, type, unicast: recordClass & 0x8000 != 0))
    }
    answers = try Self.records(answerCount, from: &reader)
    authorities = try Self.records(authorityCount, from: &reader)
    additionals = try Self.records(additionalCount, from: &reader)
  }

  private static func records(
    _ count: Int, from reader: inout MessageReader
  ) throws(MessageError) -> [ResourceRecord] {
    var result: [ResourceRecord] = []
    for _ in 0..<count {
      let name = try reader.name()
      let type = RecordType(rawValue: try reader.uint16())
      let recordClass = try reader.uint16()
      let ttl = min(try reader.uint32(), longestLife)
      let length = Int(try reader.uint16())
      let start = reader.offset
      _ = try reader.slice(length)
      guard recordClass & 0x7FFF == 1, type != .opt else { continue }
      guard let data = data(of: type, in: reader.bytes, at: start, length: length, owner: name) else { continue }
      result.append(ResourceRecord(name, type, ttl: ttl, cacheFlush: recordClass & 0x8000 != 0, data))
    }
    return result
  }

  /// The record's data, or nil when it does not fit the type. The length was checked against the packet before.
  private static func data(
    of type: RecordType, in bytes: [UInt8], at start: Int, length: Int, owner: DNSName
  ) -> RecordData? {
    var reader = MessageReader(bytes, at: start)
    let end = start + length
    let data: RecordData?
    switch type {
    case .a:
      data = length == 4 ? IPAddress(bytes: bytes[start..<end]).map { .address($0) } : nil
      reader.offset = end
    case .aaaa:
      data = length == 16 ? IPAddress(bytes: bytes[start..<end]).map { .address($0) } : nil
      reader.offset = end
    case .ptr:
      data = (try? reader.name()).map { .pointer($0) }
    case .srv:
      guard let priority = try? reader.uint16(), let weight = try? reader.uint16(), let port = try? reader.uint16(),
        let target = try? reader.name()
      else { return nil }
      data = .service(priority: priority, weight: weight, port: port, target: target)
    case .txt:
      data = TXTRecord.isWellFormed(bytes[start..<end]) ? .text(Array(bytes[start..<end])) : nil
      reader.offset = end
    case .nsec:
      guard let next = try? reader.name(), next == owner, reader.offset <= end else { return nil }
      data = existingTypes(bytes[reader.offset..<end]).map { .existing($0) }
      reader.offset = end
    default:
      data = .opaque(Array(bytes[start..<end]))
      reader.offset = end
    }
    return reader.offset == end ? data : nil
  }

  /// The type bitmap of an NSEC record (RFC 4034 section 4.1.2), or nil when it is malformed.
  private static func existingTypes(_ bitmap: ArraySlice<UInt8>) -> [RecordType]? {
    var types: [RecordType] = []
    var rest = bitmap
    while let window = rest.popFirst() {
      guard let length = rest.popFirst(), (1...32).contains(length), rest.count >= length else { return nil }
      for (index, byte) in rest.prefix(Int(length)).enumerated() where byte != 0 {
        for bit in 0..<8 where byte & (0x80 >> UInt8(bit)) != 0 {
          types.append(RecordType(rawValue: UInt16(window) << 8 | UInt16(index * 8 + bit)))
        }
      }
      rest = rest.dropFirst(Int(length))
    }
    return types
  }
}
