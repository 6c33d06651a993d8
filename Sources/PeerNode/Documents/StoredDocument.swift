import FoundationEssentials
package import GRDB
package import PeerModel

/// A document as the database has it.
package struct StoredDocument: Hashable, Sendable {
  package var id: String
  package var name: String
  /// Bytes.
  package var size: Int
  /// SHA-256.
  package var hash: [UInt8]
  /// The peer that gave it; nil for the owner's own.
  package var origin: PeerID?
  /// Seconds since 1970.
  package var addedAt: Int
  package var sharedWith: [PeerID] = []

  /// 80 random bits: who does not know an id cannot guess one, and an id tells nothing about the bytes.
  static func newID() -> String { "doc-" + Base32.letters(Random.bytes(10)) }
}

extension StoredDocument: FetchableRecord {
  package init(row: Row) {
    id = row["id"]
    name = row["name"]
    size = row["size"]
    hash = Array(row["hash"] as Data)
    origin = PeerID(row["origin"] as String)
    addedAt = row["addedAt"]
  }
}
