/// What this responder wants to be and to know, the same on every link.
struct Profile: Sendable {
  var hostName: DNSName
  var services: [Int: Service] = [:]
  var browsed: DNSName?
  /// Every record of ours on any link: with two cards in one network we hear ourselves, which is no conflict.
  var ownRecords: Set<RecordIdentity> = []
}

/// One advertised instance under its present name.
struct Service: Sendable {
  var advertisement: Advertisement
  /// The first label: the wanted name, or that with a number.
  var label: String
  let type: DNSName
  /// `label` under `type`.
  var instance: DNSName
  /// The number behind the wanted name; 1 stands for none.
  var number = 1
  /// Whether an `advertised` event was given for this name.
  var isReported = false
}

/// A name of ours, as something to defend.
enum ClaimID: Hashable, Comparable, Sendable {
  case host
  case service(Int)
}

/// How far we are with a name on one link (RFC 6762 section 8).
struct Claim: Sendable {
  enum Phase: Equatable, Sendable {
    case waiting
    case probing(sent: Int)
    case announcing(sent: Int)
    case established
  }
  var phase = Phase.waiting
  /// When the next step is due.
  var due: Milliseconds

  /// Whether others may hear of our records.
  var isLive: Bool {
    switch phase {
    case .waiting, .probing: false
    case .announcing, .established: true
    }
  }

  var isProbing: Bool {
    if case .probing = phase { return true }
    return false
  }
}

/// The records that belong to a claim on one link.
struct OwnedRecords: Sendable {
  let id: ClaimID
  let name: DNSName
  /// Records whose whole set is ours.
  let unique: [ResourceRecord]
  /// Records in sets to which every host adds its own.
  let shared: [ResourceRecord]
  /// Which types exist for `name` (section 6.1).
  let existing: ResourceRecord

  /// The host's addresses. There is no reverse mapping: another responder on this host claims it too, and the two would
  /// rename each other for ever.
  init(host name: DNSName, on link: Link) {
    id = .host
    self.name = name
    unique = link.addresses.map { prefix in
      ResourceRecord(
        name, prefix.address.isIPv4 ? .a : .aaaa, ttl: Limits.hostLife, cacheFlush: true, .address(prefix.address))
    }
    shared = []
    existing = Self.existing(name, unique, ttl: Limits.hostLife)
  }

  init(service: Service, number: Int, host: DNSName) {
    id = .service(number)
    name = service.instance
    unique = [
      ResourceRecord(
        name, .srv, ttl: Limits.hostLife, cacheFlush: true,
        .service(priority: 0, weight: 0, port: service.advertisement.port, target: host)),
      ResourceRecord(name, .txt, ttl: Limits.otherLife, cacheFlush: true, .text(service.advertisement.txt.wire)),
    ]
    shared = [
      ResourceRecord(service.type, .ptr, ttl: Limits.otherLife, .pointer(name)),
      ResourceRecord(.serviceTypes, .ptr, ttl: Limits.otherLife, .pointer(service.type)),
    ]
    existing = Self.existing(name, unique, ttl: Limits.hostLife)
  }

  /// What a goodbye takes back; the service type itself may have other instances here.
  var farewell: [ResourceRecord] { (unique + shared.filter { $0.name != .serviceTypes }).map { $0.with(ttl: 0) } }

  private static func existing(_ name: DNSName, _ records: [ResourceRecord], ttl: UInt32) -> ResourceRecord {
    let types = Set(records.map(\.type)).sorted()
    return ResourceRecord(name, .nsec, ttl: ttl, cacheFlush: true, .existing(types))
  }
}
