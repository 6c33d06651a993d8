package import PeerModel

extension ContextRecord: JSONConvertible {
  /// Reads the shape; ``verify()`` tells whether it is true.
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    id = ContextID(
      origin: try fields.required("origin"), scope: try fields.required("scope"),
      counter: try Self.counter(try fields.required("counter")))
    let der = try Base64.decode(try fields.required("key"), count: 91, field: "key")
    guard let key = IdentityKey(der: der) else {
      throw NodeError(.invalidArguments, "/key: not a P-256 SubjectPublicKeyInfo")
    }
    self.key = key
    createdAt = try Self.time(try fields.required("created_at"))
    signature = try Base64.decode(try fields.required("signature"), count: 64, field: "signature")
    if let target: Int = try fields.optional("removes") {
      guard (1..<id.counter).contains(target) else {
        throw NodeError(.invalidArguments, "/removes: not the number of an earlier entry")
      }
      content = .removal(of: target)
      return
    }
    let text: String? = try fields.optional("text")
    let removal: Removal? = try fields.optional("removal")
    guard (text == nil) != (removal == nil) else {
      throw NodeError(.invalidArguments, "/text: an entry has either its text or its removal")
    }
    if let removal, removal.counter <= id.counter {
      throw NodeError(.invalidArguments, "/removal/counter: not the number of a later record")
    }
    let hash =
      if let text { Self.hash(of: text) } else {
        try Base64.decode(try fields.required("text_hash"), count: 32, field: "text_hash")
      }
    content = .entry(
      Entry(
        session: try fields.optional("session"), role: try fields.required("role"), text: text, textHash: hash,
        removal: removal))
  }

  package var json: JSONValue {
    var members: [String: JSONValue] = [
      "origin": id.origin.json, "scope": id.scope.json, "counter": id.counter.json,
      "key": .string(Base64.encode(key.der)), "created_at": createdAt.json,
      "signature": .string(Base64.encode(signature)),
    ]
    switch content {
    case .removal(let target): members["removes"] = target.json
    case .entry(let entry):
      members["session"] = entry.session?.json
      members["role"] = entry.role.json
      members["text"] = entry.text?.json
      if entry.text == nil { members["text_hash"] = .string(Base64.encode(entry.textHash)) }
      members["removal"] = entry.removal?.json
    }
    return .object(members)
  }

  static let schema = Schema.object(
    [
      "origin": .string("The id of the node that wrote it."),
      "scope": .enumeration(ContextScope.allCases.map(\.rawValue), "Which of that node's two logs it belongs to."),
      "counter": .integer("Its place there, from 1.", minimum: 1, maximum: ContextID.maximumCounter),
      "key": .string("SubjectPublicKeyInfo of that node, base64.", maximumLength: 124),
      "created_at": .integer("Seconds since 1970.", minimum: 0, maximum: times.upperBound),
      "signature": .string("ECDSA P-256 of that node, base64.", maximumLength: 88),
      "session": .string("The conversation.", maximumLength: 128),
      "role": .enumeration(ContextRole.allCases.map(\.rawValue), "Who speaks."),
      "text": .string("What was said; not there when it was removed.", maximumLength: 65536),
      "text_hash": .string("SHA-256 of a text that is not there, base64.", maximumLength: 44),
      "removal": Removal.schema, "removes": .integer("The entry that this removes.", minimum: 1),
    ], required: ["origin", "scope", "counter", "key", "created_at", "signature"])

  fileprivate static func counter(_ number: Int) throws(NodeError) -> Int {
    guard (1...ContextID.maximumCounter).contains(number) else {
      throw NodeError(.invalidArguments, "/counter: out of range")
    }
    return number
  }
  fileprivate static func time(_ number: Int) throws(NodeError) -> Int {
    guard times.contains(number) else { throw NodeError(.invalidArguments, "/created_at: not a time") }
    return number
  }
}

extension ContextRecord.Removal: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    counter = try ContextRecord.counter(try fields.required("counter"))
    createdAt = try ContextRecord.time(try fields.required("created_at"))
    signature = try Base64.decode(try fields.required("signature"), count: 64, field: "removal/signature")
  }
  package var json: JSONValue {
    ["counter": counter.json, "created_at": createdAt.json, "signature": .string(Base64.encode(signature))]
  }
  static let schema = Schema.object(
    [
      "counter": .integer("The place of the removal in the log.", minimum: 2),
      "created_at": .integer("Seconds since 1970.", minimum: 0),
      "signature": .string("ECDSA P-256 over the removal, base64.", maximumLength: 88),
    ], required: ["counter", "created_at", "signature"])
}
