/// Writes one packet with name compression and takes back what makes it too long. Sections are to be written in the
/// order of the wire: questions, answers, authorities, additionals.
struct MessageWriter {
  private(set) var bytes: [UInt8] = []
  /// Where the suffixes written so far begin, by their lower-case form.
  private var suffixes: [ArraySlice<UInt8>: Int] = [:]
  private let isLegacy: Bool
  private var counts = (questions: 0, answers: 0, authorities: 0, additionals: 0)

  enum Section { case answer, authority, additional }

  /// - Parameter isLegacy: write for a plain DNS resolver: short lives, no cache-flush bit (RFC 6762 section 6.7).
  init(id: UInt16 = 0, isResponse: Bool, isLegacy: Bool = false) {
    self.isLegacy = isLegacy
    append(id)
    append(isResponse ? 0x8400 : 0 as UInt16)
    bytes += [UInt8](repeating: 0, count: 8)
  }

  var isEmpty: Bool { bytes.count == Message.headerLength }

  /// Adds a question unless the packet would then be longer than `limit` bytes.
  mutating func add(_ question: Question, limit: Int) -> Bool {
    let length = bytes.count
    append(question.key.name)
    append(question.key.type.rawValue)
    append(question.unicast && !isLegacy ? 0x8001 : 1 as UInt16)
    guard keeps(from: length, limit: limit) else { return false }
    counts.questions += 1
    return true
  }

  /// Adds a record unless the packet would then be longer than `limit` bytes.
  mutating func add(_ record: ResourceRecord, to section: Section, limit: Int) -> Bool {
    let length = bytes.count
    append(record)
    guard keeps(from: length, limit: limit) else { return false }
    switch section {
    case .answer: counts.answers += 1
    case .authority: counts.authorities += 1
    case .additional: counts.additionals += 1
    }
    return true
  }

  mutating func markTruncated() { bytes[2] |= 0x02 }

  /// The finished packet.
  consuming func finish() -> [UInt8] {
    let fields = [counts.questions, counts.answers, counts.authorities, counts.additionals]
    for (index, count) in fields.enumerated() {
      bytes[4 + index * 2] = UInt8(truncatingIfNeeded: count >> 8)
      bytes[5 + index * 2] = UInt8(truncatingIfNeeded: count)
    }
    return bytes
  }

  /// Takes back what was written beyond `length` when the packet is now too long.
  private mutating func keeps(from length: Int, limit: Int) -> Bool {
    if bytes.count <= limit { return true }
    bytes.removeLast(bytes.count - length)
    suffixes = suffixes.filter { $0.value < length }
    return false
  }

  private mutating func append(_ value: UInt16) {
    bytes.append(UInt8(value >> 8))
    bytes.append(UInt8(value & 0xFF))
  }

  private mutating func append(_ value: UInt32) {
    append(UInt16(value >> 16))
    append(UInt16(value & 0xFFFF))
  }

  private mutating func append(_ name: DNSName, compress: Bool = true) {
    var index = 0
    while name.wire[index] != 0 {
      let suffix = name.folded[index...]
      if compress, let target = suffixes[suffix] {
        append(0xC000 | UInt16(target))
        return
      }
      if bytes.count < 0x4000, suffixes[suffix] == nil { suffixes[suffix] = bytes.count }
      let end = index + 1 + Int(name.wire[index])
      bytes += name.wire[index..<end]
      index = end
    }
    bytes.append(0)
  }

  private mutating func append(_ record: ResourceRecord) {
    append(record.name)
    append(record.type.rawValue)
    append(record.cacheFlush && !isLegacy ? 0x8001 : 1 as UInt16)
    append(isLegacy ? min(record.ttl, Limits.legacyLife) : record.ttl)
    let lengthAt = bytes.count
    append(0 as UInt16)
    switch record.data {
    case .address(let address): bytes += address.bytes
    case .pointer(let name): append(name)
    case .service(let priority, let weight, let port, let target):
      append(priority)
      append(weight)
      append(port)
      // Plain resolvers may not know compression here (RFC 6762 section 18.14).
      append(target, compress: !isLegacy)
    case .text(let text): bytes += text.isEmpty ? [0] : text
    case .existing(let types): appendExisting(types, owner: record.name)
    case .opaque(let data): bytes += data
    }
    let length = bytes.count - lengthAt - 2
    bytes[lengthAt] = UInt8(truncatingIfNeeded: length >> 8)
    bytes[lengthAt + 1] = UInt8(truncatingIfNeeded: length)
  }

  /// RFC 6762 section 6.1: window zero only, which holds every type that we own.
  private mutating func appendExisting(_ types: [RecordType], owner: DNSName) {
    append(owner)
    var map = [UInt8](repeating: 0, count: 32)
    var used = 1
    for type in types where type.rawValue < 256 {
      map[Int(type.rawValue) / 8] |= 0x80 >> UInt8(type.rawValue % 8)
      used = max(used, Int(type.rawValue) / 8 + 1)
    }
    bytes += [0, UInt8(used)] + map[0..<used]
  }
}

extension Message {
  /// The message in one packet, however long.
  func encoded(isLegacy: Bool = false) -> [UInt8] {
    var writer = MessageWriter(id: id, isResponse: isResponse, isLegacy: isLegacy)
    for question in questions { _ = writer.add(question, limit: .max) }
    for record in answers { _ = writer.add(record, to: .answer, limit: .max) }
    for record in authorities { _ = writer.add(record, to: .authority, limit: .max) }
    for record in additionals { _ = writer.add(record, to: .additional, limit: .max) }
    if isTruncated { writer.markTruncated() }
    return writer.finish()
  }
}
