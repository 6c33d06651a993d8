package import PeerModel

/// Which peer did a call whose caller left the choice to the daemon, and which ones did not and why.
package struct PeerChoice: Hashable, Sendable {
  /// A peer that was to do it and did not, for sure.
  package struct Miss: JSONConvertible, Hashable {
    package var id: PeerID
    package var name: String
    package var error: NodeError
    package init(id: PeerID, name: String, error: NodeError) {
      self.id = id
      self.name = name
      self.error = error
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      id = try fields.required("peer_id")
      name = try fields.required("name")
      error = NodeError(ErrorCode(rawValue: try fields.required("code")), try fields.required("message"))
      error.hint = try fields.optional("hint")
    }
    package var json: JSONValue {
      .compact([
        "peer_id": id.json, "name": name.json, "code": error.code.rawValue.json, "message": error.message.json,
        "hint": error.hint?.json,
      ])
    }
    static let schema = Schema.object(
      [
        "peer_id": .string("The peer."), "name": .string("Its name."),
        "code": .string("Why it did not: a stable code."),
        "message": .string("The same as a sentence."), "hint": .string("The next step."),
      ], required: ["peer_id", "name", "code", "message"])
  }

  package var id: PeerID
  package var name: String
  /// In the order in which they were tried.
  package var misses: [Miss]

  package init(id: PeerID, name: String, misses: [Miss]) {
    self.id = id
    self.name = name
    self.misses = misses
  }

  /// Nil where a result does not say who did it.
  init?(in json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    guard let id: PeerID = try fields.optional("peer_id") else { return nil }
    self.init(id: id, name: try fields.required("name"), misses: try fields.optional("passed_over") ?? [])
  }

  /// What a result has of it, beside its other members.
  var members: [String: JSONValue] { ["peer_id": id.json, "name": name.json, "passed_over": misses.json] }

  static func added(to schema: Schema) -> Schema {
    schema.adding([
      "peer_id": .string("Who did it, where the choice was left."), "name": .string("Its name."),
      "passed_over": .array(of: Miss.schema, "Who was tried before, and did not do it."),
    ])
  }
}
