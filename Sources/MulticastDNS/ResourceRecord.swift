/// The record types that this implementation knows by name; others pass through as numbers.
struct RecordType: RawRepresentable, Hashable, Comparable, Sendable {
  let rawValue: UInt16
  static let a = RecordType(rawValue: 1)
  static let ptr = RecordType(rawValue: 12)
  static let txt = RecordType(rawValue: 16)
  static let aaaa = RecordType(rawValue: 28)
  static let srv = RecordType(rawValue: 33)
  static let opt = RecordType(rawValue: 41)
  static let nsec = RecordType(rawValue: 47)
  static let any = RecordType(rawValue: 255)

  static func < (left: RecordType, right: RecordType) -> Bool { left.rawValue < right.rawValue }
}

/// What a record says. CNAME and every other type that DNS-SD has no use for stays opaque, so it can lead nowhere.
enum RecordData: Hashable, Sendable {
  case address(IPAddress)
  case pointer(DNSName)
  case service(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName)
  case text([UInt8])
  /// The types that exist for the record's own name (RFC 6762 section 6.1).
  case existing([RecordType])
  case opaque([UInt8])
}

/// One resource record of the Internet class.
struct ResourceRecord: Hashable, Sendable {
  var name: DNSName
  var type: RecordType
  /// The top bit of the class: the sender owns the whole set of this name and type (RFC 6762 section 10.2).
  var cacheFlush: Bool
  /// Time to live in seconds; zero is a goodbye (section 10.1).
  var ttl: UInt32
  var data: RecordData

  init(_ name: DNSName, _ type: RecordType, ttl: UInt32, cacheFlush: Bool = false, _ data: RecordData) {
    self.name = name
    self.type = type
    self.cacheFlush = cacheFlush
    self.ttl = ttl
    self.data = data
  }

  var key: RecordKey { RecordKey(name: name, type: type) }
  var identity: RecordIdentity { RecordIdentity(name: name, type: type, data: data) }

  func with(ttl: UInt32, cacheFlush: Bool? = nil) -> ResourceRecord {
    ResourceRecord(name, type, ttl: ttl, cacheFlush: cacheFlush ?? self.cacheFlush, data)
  }
}

/// What a question asks for and a cache files under. Ordered so that what is sent does not depend on hashing.
struct RecordKey: Hashable, Comparable, Sendable {
  var name: DNSName
  var type: RecordType

  static func < (left: RecordKey, right: RecordKey) -> Bool {
    if left.type != right.type { return left.type < right.type }
    return left.name.folded.lexicographicallyPrecedes(right.name.folded)
  }
}

/// What makes two records the same record: everything but its life.
struct RecordIdentity: Hashable, Sendable {
  var name: DNSName
  var type: RecordType
  var data: RecordData
}

/// One entry of the question section.
struct Question: Hashable, Sendable {
  var key: RecordKey
  /// The top bit of the class: a unicast answer is welcome (RFC 6762 section 5.4). Received only; our port is shared
  /// with other processes and a unicast answer reaches just one of them (section 15.1).
  var unicast: Bool

  init(_ name: DNSName, _ type: RecordType, unicast: Bool = false) {
    key = RecordKey(name: name, type: type)
    self.unicast = unicast
  }
}
