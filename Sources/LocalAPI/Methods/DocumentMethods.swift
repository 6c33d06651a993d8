package import PeerModel

/// A document that this node keeps.
package struct DocumentLine: JSONConvertible, Hashable {
  /// `doc-` and 16 letters, made up by the node that keeps it.
  package var id: String
  package var name: String
  /// Bytes.
  package var size: Int
  /// SHA-256 of the bytes, lower-case hexadecimal.
  package var hash: String
  /// The peer that gave it; nil for the owner's own.
  package var origin: PeerID?
  package var originName: String?
  /// Seconds since 1970.
  package var addedAt: Int
  /// The peers that may read it.
  package var sharedWith: [PeerID]

  package init(
    id: String, name: String, size: Int, hash: String, origin: PeerID?, originName: String?, addedAt: Int,
    sharedWith: [PeerID]
  ) {
    self.id = id
    self.name = name
    self.size = size
    self.hash = hash
    self.origin = origin
    self.originName = originName
    self.addedAt = addedAt
    self.sharedWith = sharedWith
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      id: try fields.required("id"), name: try fields.required("name"), size: try fields.required("size"),
      hash: try fields.required("sha256"), origin: try fields.optional("origin"),
      originName: try fields.optional("origin_name"), addedAt: try fields.required("added_at"),
      sharedWith: try fields.optional("shared_with") ?? [])
  }
  package var json: JSONValue {
    [
      "id": id.json, "name": name.json, "size": size.json, "sha256": hash.json, "origin": origin?.json ?? .null,
      "origin_name": originName?.json ?? .null, "added_at": addedAt.json, "shared_with": sharedWith.json,
    ]
  }
  package static let schema = Schema.object([
    "id": .string("The document's id on the node that keeps it."), "name": .string("Its file name."),
    "size": .integer("Bytes."), "sha256": .string("SHA-256 of the bytes, hexadecimal."),
    "origin": .string("The peer that gave it; null for the owner's own.").orNull,
    "origin_name": .string("That peer's name.").orNull, "added_at": .integer("Seconds since 1970."),
    "shared_with": .array(of: .string("A peer's id."), "Who may read it."),
  ])
  package static let idSchema = Schema.string(
    "Id, unique prefix of an id (4 letters or more), or name.", maximumLength: 255)
}

/// `documents.add`: takes a file in.
package enum AddDocument: Method {
  package static let name = "documents.add"
  package static let summary = "Take a document in; the same file again is the same document."

  package struct Parameters: JSONConvertible, Hashable {
    package var file: FileReference
    package init(file: FileReference) { self.file = file }
    package init(json: JSONValue) throws(NodeError) { file = try JSONFields(json).required("file") }
    package var json: JSONValue { ["file": file.json] }
  }
  package typealias Result = DocumentLine
  package static let parameters = Schema.object(["file": .file("The document.")], required: ["file"])
  package static let result = DocumentLine.schema
}

/// `documents.list`: what is kept here, or what a peer shares with this node.
package enum ListDocuments: Method {
  package static let name = "documents.list"
  package static let summary = "List the documents of this node, or those that a peer shares with it."

  package struct Parameters: JSONConvertible, Hashable {
    package var peer: String?
    package init(peer: String? = nil) { self.peer = peer }
    package init(json: JSONValue) throws(NodeError) { peer = try JSONFields(json).optional("peer_id") }
    package var json: JSONValue { .compact(["peer_id": peer?.json]) }
  }
  package struct Result: JSONConvertible, Hashable {
    package var documents: [DocumentLine]
    package init(documents: [DocumentLine]) { self.documents = documents }
    package init(json: JSONValue) throws(NodeError) { documents = try JSONFields(json).required("documents") }
    package var json: JSONValue { ["documents": documents.json] }
  }
  package static let parameters = Schema.object(["peer_id": PeerParameters.peerSchema])
  package static let result = Schema.object(["documents": .array(of: DocumentLine.schema, "Newest last.")])
}

/// `documents.get`: the bytes.
package enum GetDocument: Method {
  package static let name = "documents.get"
  package static let summary = "Get a document of this node, or one that a peer shares with it."

  package struct Parameters: JSONConvertible, Hashable {
    package var id: String
    package var peer: String?
    package init(id: String, peer: String? = nil) {
      self.id = id
      self.peer = peer
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(id: try fields.required("id"), peer: try fields.optional("peer_id"))
    }
    package var json: JSONValue { .compact(["id": id.json, "peer_id": peer?.json]) }
  }
  package struct Result: JSONConvertible, Hashable {
    package var document: DocumentLine
    package var file: FileReference
    package init(document: DocumentLine, file: FileReference) {
      self.document = document
      self.file = file
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(document: try fields.required("document"), file: try fields.required("file"))
    }
    package var json: JSONValue { ["document": document.json, "file": file.json] }
  }
  package static let parameters = Schema.object(
    ["id": DocumentLine.idSchema, "peer_id": PeerParameters.peerSchema], required: ["id"])
  package static let result = Schema.object(["document": DocumentLine.schema, "file": .file("Its bytes.")])
}

/// `documents.remove`: forgets a document here.
package enum RemoveDocument: Method {
  package static let name = "documents.remove"
  package static let summary = "Remove a document from this node; peers that were given it keep theirs."

  package struct Parameters: JSONConvertible, Hashable {
    package var id: String
    package init(id: String) { self.id = id }
    package init(json: JSONValue) throws(NodeError) { id = try JSONFields(json).required("id") }
    package var json: JSONValue { ["id": id.json] }
  }
  package struct Result: JSONConvertible, Hashable {
    package var removed: String
    package init(removed: String) { self.removed = removed }
    package init(json: JSONValue) throws(NodeError) { removed = try JSONFields(json).required("removed") }
    package var json: JSONValue { ["removed": removed.json] }
  }
  package static let parameters = Schema.object(["id": DocumentLine.idSchema], required: ["id"])
  package static let result = Schema.object(["removed": .string("The document's id.")])
}

/// `p2p.share_document`: gives a document to peers.
package enum ShareDocument: Method {
  package static let name = "p2p.share_document"
  package static let summary = "Share document with peers."
  /// Peers of one request.
  package static let maximumPeers = 100

  package struct Parameters: JSONConvertible, Hashable {
    /// An id, a prefix of one, or a name.
    package var document: String
    package var peers: [String]
    package init(document: String, peers: [String]) {
      self.document = document
      self.peers = peers
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(document: try fields.required("document"), peers: try fields.required("peers"))
    }
    package var json: JSONValue { ["document": document.json, "peers": peers.json] }
  }
  /// What came of one peer.
  package struct Outcome: JSONConvertible, Hashable {
    /// As it was asked for.
    package var peer: String
    package var id: PeerID?
    /// The document's id on the peer.
    package var document: String?
    package var code: String?
    package var error: String?
    package var hint: String?
    package init(
      peer: String, id: PeerID?, document: String? = nil, code: String? = nil, error: String? = nil,
      hint: String? = nil
    ) {
      self.peer = peer
      self.id = id
      self.document = document
      self.code = code
      self.error = error
      self.hint = hint
    }
    package var success: Bool { code == nil }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        peer: try fields.required("peer"), id: try fields.optional("peer_id"),
        document: try fields.optional("document_id"), code: try fields.optional("code"),
        error: try fields.optional("error"), hint: try fields.optional("hint"))
    }
    package var json: JSONValue {
      [
        "peer": peer.json, "peer_id": id?.json ?? .null, "success": success.json,
        "document_id": document?.json ?? .null, "code": code?.json ?? .null, "error": error?.json ?? .null,
        "hint": hint?.json ?? .null,
      ]
    }
    static let schema = Schema.object([
      "peer": .string("The peer as it was asked for."), "peer_id": .string("Its id.").orNull,
      "success": .boolean("It has the document."), "document_id": .string("The document's id there.").orNull,
      "code": .string("Stable code of the failure.").orNull, "error": .string("What failed.").orNull,
      "hint": .string("The next step.").orNull,
    ])
  }
  package struct Result: JSONConvertible, Hashable {
    package var document: DocumentLine
    package var outcomes: [Outcome]
    package init(document: DocumentLine, outcomes: [Outcome]) {
      self.document = document
      self.outcomes = outcomes
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(document: try fields.required("document"), outcomes: try fields.required("peers"))
    }
    package var success: Bool { outcomes.allSatisfy(\.success) }
    package var json: JSONValue {
      ["document": document.json, "peers": outcomes.json, "success": success.json]
    }
  }
  package static let parameters = Schema.object(
    [
      "document": DocumentLine.idSchema,
      "peers": .array(of: PeerParameters.peerSchema, "Whom to give it to.", maximumCount: maximumPeers),
    ], required: ["document", "peers"])
  package static let result = Schema.object([
    "document": DocumentLine.schema, "peers": .array(of: Outcome.schema, "What came of each, in the order asked for."),
    "success": .boolean("All of them have it."),
  ])
}
