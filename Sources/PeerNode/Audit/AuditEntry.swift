package import GRDB
package import PeerModel

/// One line of the audit log: who did what to whom, and what came of it. Arguments are not part of it.
package struct AuditEntry: Sendable, Hashable {
  /// Seconds since 1970.
  package var at: Int
  /// ``PeerModel/Caller/auditName``, `address:…` for strangers, `config` for what the configuration decides, or `node`.
  package var caller: String
  package var operation: String
  /// The peer that this node called, for calls to others.
  package var target: String?
  /// The id of the peer that it was about, or `skill.tool`.
  package var subject: String?
  /// The caller's id of the request.
  package var request: String?
  /// `ok` or an error code.
  package var outcome: String
  /// How many equal ones the line stands for.
  package var count = 1
  /// Nothing was changed and nothing was run for it.
  package var isLook = false

  /// Longest text of one field, in Unicode scalars; the rest is cut off.
  static let maximumText = 160

  package init(
    caller: String, operation: String, target: PeerID? = nil, subject: String? = nil, request: String? = nil,
    outcome: String = "ok", isLook: Bool = false, at: Int
  ) {
    self.at = at
    self.caller = Self.plain(caller)
    self.operation = Self.plain(operation)
    self.target = target?.description
    self.subject = subject.map(Self.plain)
    self.request = request.map(Self.plain)
    self.outcome = Self.plain(outcome)
    self.isLook = isLook
  }

  package init(
    caller: Caller, operation: String, subject: String?, request: String? = nil, outcome: String = "ok", at: Int
  ) {
    self.init(
      caller: caller.auditName, operation: operation, subject: subject, request: request, outcome: outcome, at: at)
  }

  /// What other nodes send ends up here: bounded, and nothing in it that a database or a terminal takes for more than text.
  private static func plain(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(maximumText) {
      scalars.append(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : scalar)
    }
    return String(scalars)
  }
}

extension AuditEntry: FetchableRecord, TableRecord {
  package static let databaseTableName = "audit"

  /// Reads what is there, also where somebody changed it: what is not of its type counts as empty, and verifying names it.
  package init(row: Row) {
    at = Int.fromDatabaseValue(row["at"]) ?? 0
    caller = String.fromDatabaseValue(row["caller"]) ?? ""
    operation = String.fromDatabaseValue(row["operation"]) ?? ""
    target = String.fromDatabaseValue(row["target"])
    subject = String.fromDatabaseValue(row["subject"])
    request = String.fromDatabaseValue(row["request"])
    outcome = String.fromDatabaseValue(row["outcome"]) ?? ""
    count = Int.fromDatabaseValue(row["count"]) ?? 1
    isLook = Int.fromDatabaseValue(row["isLook"]) == 1
  }
}
