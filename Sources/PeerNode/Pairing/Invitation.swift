package import FoundationEssentials
import GRDB
package import PeerModel

/// An open invitation: the row of the `invitation` table.
package struct Invitation: Codable, Sendable, Hashable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "invitation"

  /// Names it in `r invite list`; says nothing about the secret.
  package var id: String
  /// As it is in the code: both ends key their HMACs with it, so a hash of it would be the same secret under another name.
  package var key: Data
  package var level: Int
  /// Seconds since 1970.
  package var createdAt: Int
  package var expiresAt: Int
  package var createdBy: String

  package init(
    id: String, secret: [UInt8], trust: TrustLevel, createdAt: Int, expiresAt: Int, createdBy: String
  ) {
    (self.id, key, level) = (id, Data(secret), trust.value)
    (self.createdAt, self.expiresAt, self.createdBy) = (createdAt, expiresAt, createdBy)
  }

  package var secret: [UInt8] { Array(key) }
  package var trust: TrustLevel { TrustLevel(value: level) ?? .basic }
}
