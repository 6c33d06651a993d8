package import FoundationEssentials
import GRDB
package import PeerModel

/// A peer as it is kept: the row of the `peer` table.
package struct PeerRecord: Codable, Sendable, Hashable, FetchableRecord, PersistableRecord {
  package static let databaseTableName = "peer"

  package var id: String
  /// The name it claims itself, or that the owner gave when adding it.
  package var name: String
  package var status: String
  package var trust: Int
  /// Number of the owner's decision that the tokens must carry.
  package var epoch: Int64
  /// SubjectPublicKeyInfo, DER; nil until it has proved it.
  package var publicKey: Data?
  package var host: String
  package var port: Int
  /// The owner added it by address.
  package var isAdded: Bool
  package var version: String?
  /// Names of the skills it exposes to us, with commas.
  package var skills: String
  package var firstSeen: Int
  package var lastSeen: Int?
  package var requestedAt: Int?
  package var requestAddress: String?
  package var approvedBy: String?

  package init(id: PeerID, name: String, host: String, port: Int, now: Int) {
    self.id = id.description
    self.name = name
    self.host = host
    self.port = port
    status = PeerStatus.discovered.rawValue
    trust = TrustLevel.unknown.value
    epoch = 0
    isAdded = false
    skills = ""
    firstSeen = now
  }

  package var peerStatus: PeerStatus {
    get { PeerStatus(rawValue: status) ?? .blocked }
    set { status = newValue.rawValue }
  }
  /// The owner wants nothing of it.
  var isRefused: Bool { [.rejected, .blocked].contains(peerStatus) }
  package var trustLevel: TrustLevel {
    get { TrustLevel(value: trust) ?? .unknown }
    set { trust = newValue.value }
  }
  package var key: IdentityKey? { publicKey.flatMap { IdentityKey(der: Array($0)) } }

  /// Sets the status, and the trust that goes with every status but `approved`.
  mutating func apply(_ event: PeerEvent) throws(NodeError) {
    peerStatus = try peerStatus.after(event)
    switch peerStatus {
    case .approved: break
    case .pending: trustLevel = .pending
    case .discovered, .rejected, .blocked: trustLevel = .unknown
    }
    if peerStatus != .approved { approvedBy = nil }
    if peerStatus != .pending { requestedAt = nil }
  }
}
