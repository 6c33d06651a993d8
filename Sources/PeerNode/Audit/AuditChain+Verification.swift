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

  /// Texts as bytes, whatever they hold, each beside the type that it really has.
  static let selection = """
    SELECT id, at, typeof(at) AS atType, count, typeof(count) AS countType, isLook, typeof(isLook) AS isLookType, hash,
      typeof(hash) AS hashType,
      CAST(caller AS BLOB) AS caller, typeof(caller) AS callerType,
      CAST(operation AS BLOB) AS operation, typeof(operation) AS operationType,
      CAST(target AS BLOB) AS target, typeof(target) AS targetType,
      CAST(subject AS BLOB) AS subject, typeof(subject) AS subjectType,
      CAST(request AS BLOB) AS request, typeof(request) AS requestType,
      CAST(outcome AS BLOB) AS outcome, typeof(outcome) AS outcomeType
    FROM audit
    """

  /// The fields of a row of ``selection``; nil where one is not of its type.
  static func fields(_ row: Row) -> Fields? {
    func number(_ name: String) -> Int64? {
      row["\(name)Type"] == "integer" ? Int64.fromDatabaseValue(row[name]) : nil
    }
    func text(_ name: String) -> [UInt8]? {
      // An empty blob reads as no data.
      row["\(name)Type"] == "text" ? Data.fromDatabaseValue(row[name]).map(Array.init) ?? [] : nil
    }
    func optional(_ name: String) -> [UInt8]?? { row["\(name)Type"] == "null" ? .some(nil) : text(name).map { $0 } }
    guard let id = Int64.fromDatabaseValue(row["id"]), let at = number("at"), let caller = text("caller"),
      let operation = text("operation"), let target = optional("target"), let subject = optional("subject"),
      let request = optional("request"), let outcome = text("outcome"), let count = number("count"),
      let isLook = number("isLook"), isLook == 0 || isLook == 1
    else { return nil }
    return Fields(
      number: id, at: at, caller: caller, operation: operation, target: target, subject: subject, request: request,
      outcome: outcome, count: count, isLook: isLook == 1)
  }

  /// Proves the chain from the anchor to the newest entry, up to the first fault.
  /// - Parameter expected: a hash that an earlier proof gave as its head, to be looked for.
  package static func verify(expecting expected: [UInt8]? = nil, _ db: Database) throws -> Proof {
    let anchor = try anchor(db)
    var proof = Proof(head: anchor.hash, isExpectedFound: anchor.hash == expected)
    let rows = try Row.fetchCursor(db, sql: "\(selection) ORDER BY id")
    while let row = try rows.next() {
      let number = Int64.fromDatabaseValue(row["id"]) ?? 0
      guard let fields = fields(row) else {
        proof.fault = Fault(number: number, reason: "a field is not of its type")
        return proof
      }
      guard row["hashType"] == "blob", let stored = Data.fromDatabaseValue(row["hash"]),
        hash(fields, after: proof.head) == Array(stored)
      else {
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
      proof.head = Array(stored)
      if proof.head == expected { proof.isExpectedFound = true }
    }
    // The database itself counts what was ever put in.
    let written = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'audit'") ?? 0
    let last = proof.last ?? anchor.number
    if written > last { proof.fault = Fault(number: last + 1, reason: "entries \(last + 1) to \(written) are missing") }
    return proof
  }
}
