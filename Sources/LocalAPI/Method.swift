package import PeerModel

/// One thing that a local user may ask the daemon: the name on the wire, the parameters, the result.
///
/// The same declaration serves the client, the local socket, the HTTP API and the generated references.
package protocol Method: Sendable {
  associatedtype Parameters: JSONConvertible
  associatedtype Result: JSONConvertible
  /// The JSON-RPC method name.
  static var name: String { get }
  /// One sentence for references and help.
  static var summary: String { get }
  static var parameters: Schema { get }
  static var result: Schema { get }
}

/// Parameters of a method that takes none.
package struct NoParameters: JSONConvertible, Hashable {
  package init() {}
  package init(json: JSONValue) throws(NodeError) { _ = try JSONFields(json) }
  package var json: JSONValue { [:] }
  package static let schema = Schema.object([:])
}

/// Parameters of a method about one peer.
package struct PeerParameters: JSONConvertible, Hashable {
  /// An id, a unique prefix of one (4 letters or more, with or without `peer-`), or a name.
  package var peer: String

  package init(peer: String) { self.peer = peer }
  package init(json: JSONValue) throws(NodeError) {
    peer = try JSONFields(json).required("peer_id")
  }
  package var json: JSONValue { ["peer_id": peer.json] }
  package static let schema = Schema.object(["peer_id": peerSchema], required: ["peer_id"])
  package static let peerSchema = Schema.string(
    "Id, unique prefix of an id (4 letters or more), or name.", maximumLength: 255)
}

/// Parameters of a method that sets what one peer may do.
package struct PeerTrustParameters: JSONConvertible, Hashable {
  package var peer: String
  /// The level to grant; nil takes the configured default.
  package var trust: TrustLevel?

  package init(peer: String, trust: TrustLevel? = nil) {
    self.peer = peer
    self.trust = trust
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    peer = try fields.required("peer_id")
    let level: TrustLevel? = try fields.optional("trust")
    let number: TrustLevel? = try fields.optional("trust_level")
    trust = level ?? number
  }
  package var json: JSONValue { .compact(["peer_id": peer.json, "trust": trust?.json]) }
  package static let schema = Schema.object(
    [
      "peer_id": PeerParameters.peerSchema, "trust": .trust("basic, trusted, full, or 50, 75, 100."),
      "trust_level": .trust("The same under its other name."),
    ], required: ["peer_id"])
}
