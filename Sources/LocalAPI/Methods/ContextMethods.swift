package import PeerModel

/// Bounds of one entry of context, the same for the owner and for peers.
package enum ContextLimits {
  /// Bytes of an entry's text.
  package static let text = 64 << 10
  /// Bytes of a session's name.
  package static let session = 128
}

/// One entry of context as its owner sees it.
package struct ContextLine: JSONConvertible, Hashable {
  package var id: ContextID
  /// The name of the node that wrote it, where that is known here.
  package var originName: String?
  package var session: String?
  package var role: ContextRole
  package var text: String
  /// Seconds since 1970 by the clock of the node that wrote it.
  package var createdAt: Int

  package init(
    id: ContextID, originName: String?, session: String?, role: ContextRole, text: String, createdAt: Int
  ) {
    self.id = id
    self.originName = originName
    self.session = session
    self.role = role
    self.text = text
    self.createdAt = createdAt
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      id: try fields.required("id"), originName: try fields.optional("origin_name"),
      session: try fields.optional("session"), role: try fields.required("role"), text: try fields.required("text"),
      createdAt: try fields.required("created_at"))
  }
  package var json: JSONValue {
    [
      "id": id.json, "origin": id.origin.json, "origin_name": originName?.json ?? .null, "scope": id.scope.json,
      "session": session?.json ?? .null, "role": role.json, "text": text.json, "created_at": createdAt.json,
    ]
  }
  package static let schema = Schema.object([
    "id": .string("The entry among all nodes."), "origin": .string("The id of the node that wrote it."),
    "origin_name": .string("Its name, where that is known here.").orNull,
    "scope": .enumeration(ContextScope.allCases.map(\.rawValue), "A conversation, or what is remembered."),
    "session": .string("The conversation.").orNull,
    "role": .enumeration(ContextRole.allCases.map(\.rawValue), "Who speaks."), "text": .string("What was said."),
    "created_at": .integer("Seconds since 1970."),
  ])
}

/// `context.append`: writes an entry.
package enum AppendContext: Method {
  package static let name = "context.append"
  package static let summary = "Write an entry of conversation context or memory."

  package struct Parameters: JSONConvertible, Hashable {
    package var scope: ContextScope
    /// Needed in scope session.
    package var session: String?
    package var role: ContextRole
    package var text: String
    package init(scope: ContextScope = .memory, session: String? = nil, role: ContextRole = .note, text: String) {
      self.scope = scope
      self.session = session
      self.role = role
      self.text = text
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        scope: try fields.optional("scope") ?? .memory, session: try fields.optional("session"),
        role: try fields.optional("role") ?? .note, text: try fields.required("text"))
    }
    package var json: JSONValue {
      .compact(["scope": scope.json, "session": session?.json, "role": role.json, "text": text.json])
    }
  }
  package typealias Result = ContextLine
  package static let parameters = Schema.object(
    [
      "scope": .enumeration(ContextScope.allCases.map(\.rawValue), "Where it belongs.").withDefault("memory"),
      "session": .string("The conversation; needed in scope session.", maximumLength: ContextLimits.session),
      "role": .enumeration(ContextRole.allCases.map(\.rawValue), "Who speaks.").withDefault("note"),
      "text": .string("What was said; at most 64 KiB.", maximumLength: ContextLimits.text),
    ], required: ["text"])
  package static let result = ContextLine.schema
}

/// `context.list`: what is there.
package enum ListContext: Method {
  package static let name = "context.list"
  package static let summary = "List entries of context, oldest first."
  /// Entries in one answer.
  package static let maximumLimit = 1000

  package struct Parameters: JSONConvertible, Hashable {
    package var scope: ContextScope?
    package var session: String?
    /// Only what this node wrote: an id, a prefix or a name; `self` is this node.
    package var origin: String?
    /// The newest that many.
    package var limit: Int
    package init(scope: ContextScope? = nil, session: String? = nil, origin: String? = nil, limit: Int = 50) {
      self.scope = scope
      self.session = session
      self.origin = origin
      self.limit = limit
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        scope: try fields.optional("scope"), session: try fields.optional("session"),
        origin: try fields.optional("origin"), limit: try fields.optional("limit") ?? 50)
    }
    package var json: JSONValue {
      .compact(["scope": scope?.json, "session": session?.json, "origin": origin?.json, "limit": limit.json])
    }
  }
  package struct Result: JSONConvertible, Hashable {
    package var entries: [ContextLine]
    package init(entries: [ContextLine]) { self.entries = entries }
    package init(json: JSONValue) throws(NodeError) { entries = try JSONFields(json).required("entries") }
    package var json: JSONValue { ["entries": entries.json] }
  }
  package static let parameters = Schema.object([
    "scope": .enumeration(ContextScope.allCases.map(\.rawValue), "Only of this scope."),
    "session": .string("Only of this conversation.", maximumLength: ContextLimits.session),
    "origin": .string("Only what this node wrote: its id, a prefix of it, its name, or self.", maximumLength: 255),
    "limit": .integer("The newest that many.", minimum: 1, maximum: maximumLimit).withDefault(50),
  ])
  package static let result = Schema.object(["entries": .array(of: ContextLine.schema, "Oldest first.")])
}

/// `context.remove`: removes an entry of this node, here and wherever it has gone to.
package enum RemoveContext: Method {
  package static let name = "context.remove"
  package static let summary = "Remove an entry that this node wrote; nodes that have it drop it with their next sync."

  package struct Parameters: JSONConvertible, Hashable {
    /// `peer-….m12`, or `m12`.
    package var id: String
    package init(id: String) { self.id = id }
    package init(json: JSONValue) throws(NodeError) { id = try JSONFields(json).required("id") }
    package var json: JSONValue { ["id": id.json] }
  }
  package struct Result: JSONConvertible, Hashable {
    package var removed: ContextID
    package init(removed: ContextID) { self.removed = removed }
    package init(json: JSONValue) throws(NodeError) { removed = try JSONFields(json).required("removed") }
    package var json: JSONValue { ["removed": removed.json] }
  }
  package static let parameters = Schema.object(
    ["id": .string("An entry: peer-….m12, or m12 for one of this node.", maximumLength: 64)], required: ["id"])
  package static let result = Schema.object(["removed": .string("The entry.")])
}

/// `p2p.sync_context`: exchanges context with a peer.
package enum SyncContext: Method {
  package static let name = "p2p.sync_context"
  package static let summary = "Sync conversation context."

  package struct Parameters: JSONConvertible, Hashable {
    package var peer: String
    package var direction: SyncDirection
    package var scope: ContextSelection
    package init(peer: String, direction: SyncDirection = .both, scope: ContextSelection = .all) {
      self.peer = peer
      self.direction = direction
      self.scope = scope
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        peer: try fields.required("peer_id"), direction: try fields.optional("direction") ?? .both,
        scope: try fields.optional("scope") ?? .all)
    }
    package var json: JSONValue { ["peer_id": peer.json, "direction": direction.json, "scope": scope.json] }
  }
  package struct Result: JSONConvertible, Hashable {
    package var id: PeerID
    package var name: String
    package var direction: SyncDirection
    /// What was exchanged: less than was asked for where the peer syncs less.
    package var scopes: [ContextScope]
    /// Entries that the peer did not have, removals included.
    package var sent: Int
    package var received: Int
    package init(
      id: PeerID, name: String, direction: SyncDirection, scopes: [ContextScope], sent: Int, received: Int
    ) {
      self.id = id
      self.name = name
      self.direction = direction
      self.scopes = scopes
      self.sent = sent
      self.received = received
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        id: try fields.required("peer_id"), name: try fields.required("name"),
        direction: try fields.required("direction"), scopes: try fields.required("scopes"),
        sent: try fields.required("sent"), received: try fields.required("received"))
    }
    package var json: JSONValue {
      [
        "peer_id": id.json, "name": name.json, "direction": direction.json, "scopes": scopes.json, "sent": sent.json,
        "received": received.json,
      ]
    }
  }
  package static let directionSchema = Schema.enumeration(
    SyncDirection.allCases.map(\.rawValue), "Which way entries go, as the node sees it that asks."
  ).withDefault("both")
  package static let scopeSchema = Schema.enumeration(
    ContextSelection.allCases.map(\.rawValue), "What is exchanged."
  ).withDefault("all")
  package static let parameters = Schema.object(
    ["peer_id": PeerParameters.peerSchema, "direction": directionSchema, "scope": scopeSchema], required: ["peer_id"])
  package static let result = Schema.object([
    "peer_id": .string("The peer."), "name": .string("Its name."), "direction": .string("push, pull or both."),
    "scopes": .array(of: .string("session or memory."), "What was exchanged."),
    "sent": .integer("Entries that the peer did not have."),
    "received": .integer("Entries that this node did not have."),
  ])
}
