/// A node that this one knows, as every door shows it.
package struct Peer: Hashable, Sendable {
  package var id: PeerID
  /// The name it claims, with a suffix when an earlier peer claims the same.
  package var name: String
  /// The address that is tried first.
  package var host: String
  package var port: Int
  package var status: PeerStatus
  /// What it may do here.
  package var trust: TrustLevel
  /// Names of the skills that it exposes to us, as last told.
  package var skills: [String]
  package var capabilities: [String]
  /// Seconds since 1970 of the last exchange with it or sighting of it; nil when never.
  package var lastSeen: Int?
  package var online: Bool
  package var version: String?
  /// SHA-256 of its SubjectPublicKeyInfo, hex in pairs with colons; nil until a handshake.
  package var fingerprint: String?
  /// Round trip of the last exchange, milliseconds.
  package var latencyMilliseconds: Double?
  /// The code that both owners compare; nil until its key is known.
  package var verificationCode: String?
  /// Who approved it (`uid:1000`), nil unless approved.
  package var approvedBy: String?
  /// What it lets this node do, as it last said; nil when it has let it in at no level.
  package var grantedTrust: TrustLevel?

  package init(
    id: PeerID, name: String, host: String, port: Int, status: PeerStatus, trust: TrustLevel, skills: [String] = [],
    capabilities: [String] = [], lastSeen: Int? = nil, online: Bool = false, version: String? = nil,
    fingerprint: String? = nil, latencyMilliseconds: Double? = nil, verificationCode: String? = nil,
    approvedBy: String? = nil, grantedTrust: TrustLevel? = nil
  ) {
    self.id = id
    self.name = name
    self.host = host
    self.port = port
    self.status = status
    self.trust = trust
    self.skills = skills
    self.capabilities = capabilities
    self.lastSeen = lastSeen
    self.online = online
    self.version = version
    self.fingerprint = fingerprint
    self.latencyMilliseconds = latencyMilliseconds
    self.verificationCode = verificationCode
    self.approvedBy = approvedBy
    self.grantedTrust = grantedTrust
  }
}

extension Peer: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      id: try fields.required("peer_id"), name: try fields.required("name"), host: try fields.required("host"),
      port: try fields.required("port"), status: try fields.required("status"), trust: try fields.required("trust"),
      skills: try fields.optional("skills") ?? [], capabilities: try fields.optional("capabilities") ?? [],
      lastSeen: try fields.optional("last_seen"), online: try fields.optional("online") ?? false,
      version: try fields.optional("version"), fingerprint: try fields.optional("fingerprint"),
      latencyMilliseconds: try fields.optional("latency_ms"),
      verificationCode: try fields.optional("verification_code"), approvedBy: try fields.optional("approved_by"),
      grantedTrust: try fields.optional("granted_trust"))
  }

  package var json: JSONValue {
    [
      "peer_id": id.json, "name": name.json, "host": host.json, "port": port.json, "status": status.json,
      "trust_level": trust.value.json, "trust": trust.json, "skills": skills.json, "capabilities": capabilities.json,
      "last_seen": lastSeen?.json ?? .null, "online": online.json, "version": version?.json ?? .null,
      "fingerprint": fingerprint?.json ?? .null, "latency_ms": latencyMilliseconds?.json ?? .null,
      "verification_code": verificationCode?.json ?? .null, "approved_by": approvedBy?.json ?? .null,
      "granted_trust": grantedTrust?.json ?? .null,
    ]
  }

  package static let schema = Schema.object([
    "peer_id": .string("Identity derived from the peer's key."), "name": .string("The name it claims."),
    "host": .string("The address tried first."), "port": .integer("Its port."),
    "status": .enumeration(PeerStatus.allCases.map(\.rawValue), "Where it stands with the owner."),
    "trust_level": .integer("0, 10, 50, 75 or 100."),
    "trust": .enumeration(TrustLevel.all.map(\.name), "The same as a name."),
    "skills": .array(of: .string("A skill's name."), "Skills it exposes to this node."),
    "capabilities": .array(of: .string("A capability."), "Protocol features it has."),
    "last_seen": .integer("Seconds since 1970.").orNull, "online": .boolean("Reached or seen lately."),
    "version": .string("Its software version.").orNull, "fingerprint": .string("SHA-256 of its key.").orNull,
    "latency_ms": .number("Last round trip.").orNull,
    "verification_code": .string("The code both owners compare.").orNull,
    "approved_by": .string("Who approved it.").orNull,
    "granted_trust": .string("What it lets this node do.").orNull,
  ]).whole
}
