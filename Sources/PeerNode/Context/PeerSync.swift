import LocalAPI
package import PeerModel

/// `POST /v1/p2p/sync`: one step of an exchange of context. The caller says how far it has each log and brings what this
/// node lacks; the answer has what the caller lacks, both in bounded pages.
package enum PeerSync: Method {
  package static let name = "peer.sync"
  package static let summary = "Receive context sync."
  /// Records in one message, and bytes of their texts together.
  package static let maximumRecords = 256
  package static let maximumBytes = 1 << 20

  package struct Parameters: JSONConvertible, Hashable {
    package var requestID: String?
    package var direction: SyncDirection
    package var scope: ContextSelection
    package var have: ContextVector
    package var entries: [ContextRecord]

    init(
      requestID: String?, direction: SyncDirection, scope: ContextSelection, have: ContextVector,
      entries: [ContextRecord]
    ) {
      self.requestID = requestID
      self.direction = direction
      self.scope = scope
      self.have = have
      self.entries = entries
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        requestID: try fields.optional("request_id"), direction: try fields.optional("direction") ?? .both,
        scope: try fields.optional("scope") ?? .all, have: try fields.optional("have") ?? ContextVector(),
        entries: try fields.optional("entries") ?? [])
    }
    package var json: JSONValue {
      .compact([
        "request_id": requestID?.json, "direction": direction.json, "scope": scope.json, "have": have.json,
        "entries": entries.json,
      ])
    }
  }

  package struct Result: JSONConvertible, Hashable {
    package var requestID: String?
    package var entries: [ContextRecord]
    /// After what the caller brought.
    package var have: ContextVector
    package var scopes: [ContextScope]
    /// Records of the caller that were new here.
    package var accepted: Int
    /// There is more that the caller lacks.
    package var hasMore: Bool

    package init(
      requestID: String?, entries: [ContextRecord], have: ContextVector, scopes: [ContextScope], accepted: Int,
      hasMore: Bool
    ) {
      self.requestID = requestID
      self.entries = entries
      self.have = have
      self.scopes = scopes
      self.accepted = accepted
      self.hasMore = hasMore
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      guard (fields.value("entries")?.arrayValue?.count ?? 0) <= maximumRecords else {
        throw NodeError(.remoteFailed, "the peer sends more than \(maximumRecords) entries at a time")
      }
      self.init(
        requestID: try fields.optional("request_id"), entries: try fields.required("entries"),
        have: try fields.required("have"), scopes: try fields.required("scopes"),
        accepted: try fields.required("accepted"), hasMore: try fields.required("more"))
    }
    package var json: JSONValue {
      [
        "request_id": requestID?.json ?? .null, "entries": entries.json, "have": have.json, "scopes": scopes.json,
        "accepted": accepted.json, "more": hasMore.json, "success": true,
      ]
    }
  }
  package static let parameters = Schema.object([
    "request_id": .string("The caller's id of the request.", maximumLength: 128).orNull,
    "direction": SyncContext.directionSchema, "scope": SyncContext.scopeSchema, "have": ContextVector.schema,
    "entries": .array(
      of: ContextRecord.schema, "What this node lacks, each log in order and without gaps.",
      maximumCount: maximumRecords),
  ])
  package static let result = Schema.object([
    "request_id": .string("The caller's id of the request.").orNull,
    "entries": .array(of: ContextRecord.schema, "What the caller lacks."), "have": ContextVector.schema,
    "scopes": .array(of: .string("session or memory."), "What this node exchanges of what was asked for."),
    "accepted": .integer("Entries of the caller that were new here."),
    "more": .boolean("There is more that the caller lacks."), "success": .boolean("Always true."),
  ]).whole
}
