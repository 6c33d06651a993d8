package import PeerModel

/// A request for approval, as it waits for the owner.
package struct PendingRequest: JSONConvertible, Hashable {
  package var peer: Peer
  /// Seconds since 1970.
  package var requestedAt: Int
  /// Seconds since 1970 at which the request is dropped.
  package var expiresAt: Int

  package init(peer: Peer, requestedAt: Int, expiresAt: Int) {
    self.peer = peer
    self.requestedAt = requestedAt
    self.expiresAt = expiresAt
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    peer = try Peer(json: json)
    requestedAt = try fields.required("requested_at")
    expiresAt = try fields.required("expires_at")
  }
  package var json: JSONValue {
    var members = peer.json.objectValue ?? [:]
    members["requested_at"] = requestedAt.json
    members["expires_at"] = expiresAt.json
    return .object(members)
  }
  package static let schema: Schema = {
    var properties: [String: Schema] = [
      "requested_at": .integer("Seconds since 1970."), "expires_at": .integer("Seconds since 1970."),
    ]
    for (name, schema) in Peer.schema.properties { properties[name] = (try? Schema(checking: schema)) ?? .any(name) }
    return Schema.object(properties).whole
  }()
}

/// `pending.list`: who waits for approval.
package enum ListPending: Method {
  package static let name = "pending.list"
  package static let summary = "List the peers that wait for approval."
  package typealias Parameters = NoParameters

  package struct Result: JSONConvertible, Hashable {
    package var pending: [PendingRequest]
    package init(pending: [PendingRequest]) { self.pending = pending }
    package init(json: JSONValue) throws(NodeError) { pending = try JSONFields(json).required("pending") }
    package var json: JSONValue { ["pending": pending.json, "count": pending.count.json] }
  }
  package static let parameters = NoParameters.schema
  package static let result = Schema.object([
    "pending": .array(of: PendingRequest.schema, "Oldest first."), "count": .integer("How many."),
  ]).whole
}
