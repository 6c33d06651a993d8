import GRDB
package import PeerModel

/// One line of the audit log: who did what to whom, and what came of it. Arguments are not part of it.
package struct AuditEntry: Codable, Sendable, Hashable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "audit"
  /// Seconds since 1970.
  package var at: Int
  package var caller: String
  package var operation: String
  package var subject: String?
  /// `ok` or an error code.
  package var outcome: String

  package init(caller: Caller, operation: String, subject: String?, outcome: String = "ok", at: Int) {
    self.at = at
    self.caller = caller.auditName
    self.operation = operation
    self.subject = subject
    self.outcome = outcome
  }
}
