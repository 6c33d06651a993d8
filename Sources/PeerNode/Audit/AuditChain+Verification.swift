import FoundationEssentials
package import GRDB

extension AuditChain {
  /// What proving the chain has shown.
  package struct Proof: Sendable, Hashable {
    package var entries = 0
    /// Number of the oldest and the newest entry; nil when there are none.
    package var first: Int64?
    package var last: Int64?
    /// The hash of the newest entry, or what the next one will stand on.
    package var head: [UInt8]
    /// The first entry at which the chain breaks, and why.
    package var fault: Fault?
    /// Whether the hash that was looked for is one of the chain's.
    package var isExpectedFound = false
  }
  package struct Fault: Sendable, Hashable {
    package var number: Int64
    package var reason: String
  }

  /// Numbers and the hash as they are; texts as bytes, whatever they hold, each beside the type that it really has.
  static let selection = """
    SELECT id, at, count, isLook, hash, \(
      ["caller", "operation", "target", "subject", "request", "outcome"]
        .map { "CAST(\($0) AS BLOB), typeof(\($0))" }.joined(separator: ", "))
    FROM audit
    """

  /// The fields of a row of ``selection``; nil where one is not of its type.
  static func fields(_ row: Row) -> Fields? {
    func number(_ index: Int) -> Int64? {
      if case .int64(let value) = (row[index] as DatabaseValue).storage { value } else { nil }
    }
    func text(_ index: Int) -> [UInt8]? {
      guard row[index + 1] == "text" else { return nil }
      // An empty blob reads as no data.
      return Data.fromDatabaseValue(row[index]).map(Array.init) ?? []
    }
    func optional(_ index: Int) -> [UInt8]?? {
      if row[index + 1] == "null" { return .some(.none) }
      guard let bytes = text(index) else { return .none }
      return .some(.some(bytes))
    }
    guard let id = number(0), let at = number(1), let count = number(2), let isLook = number(3), let caller = text(5),
      let operation = text(7), let target = optional(9), let subject = optional(11), let request = optional(13),
      let outcome = text(15), isLook == 0 || isLook == 1
    else { return nil }
    return Fields(
      number: id, at: at, caller: caller, operation: operation, target: target, subject: subject, request: request,
      outcome: outcome, count: count, isLook: isLook == 1)
  }

  private static func hash(_ row: Row) -> [UInt8]? {
    if case .blob(let bytes) = (row[4] as DatabaseValue).storage { Array(bytes) } else { nil }
  }

  /// Proves the chain from the anchor to the newest entry, up to the first fault.
  /// - Parameter expected: a hash that an earlier proof gave as its head, to be looked for.
  package static func verify(expecting expected: [UInt8]? = nil, _ db: Database) throws -> Proof {
    let anchor = try anchor(db)
    var proof = Proof(head: anchor.hash, isExpectedFound: anchor.hash == expected)
    let rows = try Row.fetchCursor(db, sql: "\(selection) ORDER BY id")
    while let row = try rows.next() {
      let number: Int64 = row[0]
      guard let fields = fields(row) else {
        proof.fault = Fault(number: number, reason: "a field is not of its type")
        return proof
      }
      let computed = hash(fields, after: proof.head)
      guard computed == hash(row) else {
        let expectedNumber = (proof.last ?? anchor.number) + 1
        proof.fault = Fault(
          number: number,
          reason: number == expectedNumber
            ? "it was changed, or the entry before it is another"
            : "it does not follow on entry \(expectedNumber - 1): entries are missing")
        return proof
      }
      proof.entries += 1
      if proof.first == nil { proof.first = number }
      proof.last = number
      proof.head = computed
      if proof.head == expected { proof.isExpectedFound = true }
    }
    // The database itself counts what was ever put in.
    let written = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'audit'") ?? 0
    let last = proof.last ?? anchor.number
    if written > last { proof.fault = Fault(number: last + 1, reason: "entries \(last + 1) to \(written) are missing") }
    return proof
  }
}
