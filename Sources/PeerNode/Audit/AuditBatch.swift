/// Entries that wait to be written together. Equal ones are counted as one, and no group has more than its share: who
/// asks the same thing a thousand times a second, or a thousand different things, makes few entries.
struct AuditBatch: Sendable {
  /// Entries that are kept for later while the disk is full; the newest beyond that are lost.
  static let maximumRestored = 4096

  private(set) var entries: [AuditEntry] = []
  private var places: [AuditEntry: Int] = [:]
  private var distinct: [String: Int] = [:]

  var isEmpty: Bool { entries.isEmpty }

  /// - Parameters:
  ///   - group: who shares one limit.
  ///   - limit: different entries of the group.
  ///   - overflow: what the entries beyond the limit are counted as.
  mutating func add(_ entry: AuditEntry, group: String, limit: Int, overflow: AuditEntry) {
    if merge(entry, into: entry) { return }
    if distinct[group, default: 0] < limit {
      distinct[group, default: 0] += 1
      append(entry)
    } else if !merge(entry, into: overflow) {
      append(overflow)
    }
  }

  /// Takes everything.
  mutating func take() -> [AuditEntry] {
    defer { self = AuditBatch() }
    return entries
  }

  /// Puts back what could not be written.
  mutating func restore(_ taken: [AuditEntry]) {
    for entry in taken + take() {
      if let place = places[Self.key(entry)] {
        entries[place].count += entry.count
      } else if entries.count < Self.maximumRestored {
        append(entry)
      }
    }
  }

  /// Counts an entry as one that waits; false when that one does not wait.
  private mutating func merge(_ entry: AuditEntry, into other: AuditEntry) -> Bool {
    guard let place = places[Self.key(other)] else { return false }
    entries[place].count += entry.count
    entries[place].at = max(entries[place].at, entry.at)
    return true
  }

  private mutating func append(_ entry: AuditEntry) {
    places[Self.key(entry)] = entries.count
    entries.append(entry)
  }

  /// The entry without what may differ between equal ones.
  private static func key(_ entry: AuditEntry) -> AuditEntry {
    var key = entry
    (key.at, key.count) = (0, 1)
    return key
  }
}
