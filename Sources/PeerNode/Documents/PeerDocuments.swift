import LocalAPI
import PeerModel

/// A document as a peer sees it: nothing of other peers.
struct PeerDocument: JSONConvertible, Hashable {
  var id: String
  var name: String
  /// Bytes.
  var size: Int
  /// SHA-256, lower-case hexadecimal.
  var hash: String
  /// Seconds since 1970.
  var addedAt: Int
  /// The caller gave it, and may remove it.
  var isGiven: Bool

  init(_ document: StoredDocument, for peer: PeerID) {
    (id, name, size, addedAt) = (document.id, document.name, document.size, document.addedAt)
    hash = Hexadecimal.text(document.hash)
    isGiven = document.origin == peer
  }
  /// - Throws: ``NodeError`` `invalid_arguments` also for a name that could lead elsewhere.
  init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    id = try fields.required("id")
    name = try fields.required("name")
    size = try fields.required("size")
    hash = try fields.required("sha256")
    addedAt = try fields.required("added_at")
    isGiven = try fields.required("given")
    guard FileReference.isSafe(name: name) else { throw NodeError(.invalidArguments, "/name: not a plain file name") }
    guard id.hasPrefix("doc-"), id.utf8.count == 20, id.utf8.dropFirst(4).allSatisfy(Base32.isLetter) else {
      throw NodeError(.invalidArguments, "/id: expected doc- and 16 letters")
    }
    guard Hexadecimal.bytes(hash)?.count == 32, size >= 0, ContextRecord.times.contains(addedAt) else {
      throw NodeError(.invalidArguments, "/sha256: a hash, a size or a time is none")
    }
  }
  var json: JSONValue {
    [
      "id": id.json, "name": name.json, "size": size.json, "sha256": hash.json, "added_at": addedAt.json,
      "given": isGiven.json,
    ]
  }
  static let schema = Schema.object([
    "id": .string("The document's id here."), "name": .string("Its file name."), "size": .integer("Bytes."),
    "sha256": .string("SHA-256 of the bytes, hexadecimal."), "added_at": .integer("Seconds since 1970."),
    "given": .boolean("The caller gave it, and may remove it."),
  ]).whole
}

/// `GET /v1/p2p/documents`
enum PeerListDocuments: Method {
  static let name = "peer.documents.list"
  static let summary = "List the documents that the caller may read."
  /// Documents in an answer that are read.
  static let maximum = 10_000
  typealias Parameters = NoParameters

  struct Result: JSONConvertible, Hashable {
    var documents: [PeerDocument]
    init(documents: [PeerDocument]) { self.documents = documents }
    init(json: JSONValue) throws(NodeError) { documents = try JSONFields(json).required("documents") }
    var json: JSONValue { ["documents": documents.json] }
  }
  static let parameters = NoParameters.schema
  static let result = Schema.object(["documents": .array(of: PeerDocument.schema, "Newest last.")]).whole
}

/// `GET /v1/p2p/documents/{id}`
enum PeerGetDocument: Method {
  static let name = "peer.documents.get"
  static let summary = "Get the bytes of a document; takes Range and If-None-Match (RFC 9110)."
  typealias Parameters = RemoveDocument.Parameters
  /// The bytes are the content of the answer.
  typealias Result = JSONValue
  static let parameters = Schema.object(["id": idSchema], required: ["id"])
  static let result = Schema.file("Its bytes.")
  static let idSchema = Schema.string("The document's id here.", maximumLength: 64)
}

/// `POST /v1/p2p/documents`
enum PeerGiveDocument: Method {
  static let name = "peer.documents.give"
  static let summary = "Receive a document from a peer."

  struct Parameters: JSONConvertible, Hashable {
    var requestID: String?
    var document: FileReference
    /// SHA-256 of the bytes, hexadecimal.
    var hash: String?
    init(requestID: String?, document: FileReference, hash: String?) {
      self.requestID = requestID
      self.document = document
      self.hash = hash
    }
    init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        requestID: try fields.optional("request_id"), document: try fields.required("document"),
        hash: try fields.optional("sha256"))
    }
    var json: JSONValue {
      .compact(["request_id": requestID?.json, "document": document.json, "sha256": hash?.json])
    }
  }
  struct Result: JSONConvertible, Hashable {
    var requestID: String?
    var document: PeerDocument
    init(requestID: String?, document: PeerDocument) {
      self.requestID = requestID
      self.document = document
    }
    init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      requestID = try fields.optional("request_id")
      document = try fields.required("document")
    }
    var json: JSONValue {
      ["request_id": requestID?.json ?? .null, "document": document.json, "success": true]
    }
  }
  static let parameters = Schema.object(
    [
      "request_id": .string("The caller's id; the same is taken in once.", maximumLength: 128).orNull,
      "document": .file("The document."), "sha256": .string("SHA-256 of its bytes, hexadecimal.", maximumLength: 64),
    ], required: ["document"])
  static let result = Schema.object([
    "request_id": .string("The caller's id of the request.").orNull, "document": PeerDocument.schema,
    "success": .boolean("Always true."),
  ]).whole
}

/// `DELETE /v1/p2p/documents/{id}`
enum PeerRemoveDocument: Method {
  static let name = "peer.documents.remove"
  static let summary = "Remove a document that the caller gave."
  typealias Parameters = RemoveDocument.Parameters
  typealias Result = RemoveDocument.Result
  static let parameters = PeerGetDocument.parameters
  static let result = RemoveDocument.result.whole
}
