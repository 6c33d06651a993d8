package import PeerModel

/// `identity.show`: the key that peers know this node by.
package enum ShowIdentity: Method {
  package static let name = "identity.show"
  package static let summary = "Show this node's identity, since when it has it, and those that it had before."
  package typealias Parameters = NoParameters

  /// An identity that the node had.
  package struct Former: JSONConvertible, Hashable {
    package var id: PeerID
    /// Seconds since 1970 of the change.
    package var until: Int
    /// Number of the change, 1 for the first.
    package var sequence: Int

    package init(id: PeerID, until: Int, sequence: Int) {
      self.id = id
      self.until = until
      self.sequence = sequence
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        id: try fields.required("peer_id"), until: try fields.required("until"),
        sequence: try fields.required("sequence"))
    }
    package var json: JSONValue { ["peer_id": id.json, "until": until.json, "sequence": sequence.json] }
    static let schema = Schema.object([
      "peer_id": .string("The identity."), "until": .integer("Seconds since 1970."),
      "sequence": .integer("Number of the change, 1 for the first."),
    ])
  }

  package struct Result: JSONConvertible, Hashable {
    package var id: PeerID
    package var fingerprint: String
    /// SHA-256 of the certificate, hex.
    package var certificateHash: String
    /// Seconds since 1970.
    package var since: Int
    /// Newest first.
    package var former: [Former]

    package init(id: PeerID, fingerprint: String, certificateHash: String, since: Int, former: [Former]) {
      self.id = id
      self.fingerprint = fingerprint
      self.certificateHash = certificateHash
      self.since = since
      self.former = former
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        id: try fields.required("peer_id"), fingerprint: try fields.required("fingerprint"),
        certificateHash: try fields.required("certificate_sha256"), since: try fields.required("since"),
        former: try fields.optional("former") ?? [])
    }
    package var json: JSONValue {
      [
        "peer_id": id.json, "fingerprint": fingerprint.json, "certificate_sha256": certificateHash.json,
        "since": since.json, "former": former.json,
      ]
    }
  }
  package static let parameters = NoParameters.schema
  package static let result = Schema.object([
    "peer_id": .string("This node's identity."), "fingerprint": .string("SHA-256 of its public key."),
    "certificate_sha256": .string("SHA-256 of its certificate, hex."),
    "since": .integer("Seconds since 1970 from which on it has this key."),
    "former": .array(of: Former.schema, "Identities that it had, newest first."),
  ])
}

/// `identity.rotate`: a new key for this node; its approved peers follow.
package enum RotateIdentity: Method {
  package static let name = "identity.rotate"
  package static let summary = "Give this node a new key, to which its approved peers follow, and start anew with it."
  package typealias Parameters = NoParameters

  package struct Result: JSONConvertible, Hashable {
    package var id: PeerID
    package var former: PeerID
    package var fingerprint: String
    package var sequence: Int
    /// Approved peers, who are told now.
    package var peers: Int

    package init(id: PeerID, former: PeerID, fingerprint: String, sequence: Int, peers: Int) {
      self.id = id
      self.former = former
      self.fingerprint = fingerprint
      self.sequence = sequence
      self.peers = peers
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        id: try fields.required("peer_id"), former: try fields.required("former"),
        fingerprint: try fields.required("fingerprint"), sequence: try fields.required("sequence"),
        peers: try fields.required("peers"))
    }
    package var json: JSONValue {
      [
        "peer_id": id.json, "former": former.json, "fingerprint": fingerprint.json, "sequence": sequence.json,
        "peers": peers.json,
      ]
    }
  }
  package static let parameters = NoParameters.schema
  package static let result = Schema.object([
    "peer_id": .string("The new identity."), "former": .string("The identity until now."),
    "fingerprint": .string("SHA-256 of the new public key."), "sequence": .integer("Number of the change."),
    "peers": .integer("Approved peers, who are told now."),
  ])
}
