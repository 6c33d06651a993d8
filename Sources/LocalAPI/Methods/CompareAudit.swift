package import PeerModel

/// `audit.compare`: what both sides have recorded of their calls.
package enum CompareAudit: Method {
  package static let name = "audit.compare"
  package static let summary = "Compare what this node and a peer have recorded of their calls to each other."

  package struct Parameters: JSONConvertible, Hashable {
    package var peer: String
    /// Only calls from then on, seconds since 1970.
    package var since: Int?
    package init(peer: String, since: Int? = nil) {
      self.peer = peer
      self.since = since
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      peer = try fields.required("peer_id")
      since = try fields.optional("since")
    }
    package var json: JSONValue { .compact(["peer_id": peer.json, "since": since?.json]) }
  }
  /// A call that the two sides do not agree about.
  package struct Call: JSONConvertible, Hashable {
    package var request: String
    /// `skill.tool`.
    package var subject: String?
    /// Seconds since 1970, by this node's clock.
    package var time: Int
    /// Whether this node called, and not the peer.
    package var isOutgoing: Bool
    /// What came of it, by this node and by the peer; nil where there is no record.
    package var here: String?
    package var there: String?

    package init(request: String, subject: String?, time: Int, isOutgoing: Bool, here: String?, there: String?) {
      self.request = request
      self.subject = subject
      self.time = time
      self.isOutgoing = isOutgoing
      self.here = here
      self.there = there
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      let direction: String = try fields.required("direction")
      self.init(
        request: try fields.required("request_id"), subject: try fields.optional("subject"),
        time: try fields.required("time"), isOutgoing: direction == "out", here: try fields.optional("here"),
        there: try fields.optional("there"))
    }
    package var json: JSONValue {
      [
        "request_id": request.json, "subject": subject?.json ?? .null, "time": time.json,
        "direction": isOutgoing ? "out" : "in", "here": here?.json ?? .null, "there": there?.json ?? .null,
      ]
    }
    package static let schema = Schema.object([
      "request_id": .string("The caller's id of the call."), "subject": .string("skill.tool").orNull,
      "time": .integer("Seconds since 1970."), "direction": .enumeration(["in", "out"], "out: this node called."),
      "here": .string("What came of it by this node.").orNull,
      "there": .string("What came of it by the peer.").orNull,
    ])
  }
  package struct Result: JSONConvertible, Hashable {
    package var id: PeerID
    /// Calls of which both sides say the same.
    package var equal: Int
    package var onlyHere: [Call]
    package var onlyThere: [Call]
    package var different: [Call]
    /// Calls that are not at their end, or that one side does not keep any more: not compared.
    package var inFlight: Int
    package var pruned: Int
    /// Calls that failed on their way, of which only the caller can know.
    package var notArrived: Int

    package init(
      id: PeerID, equal: Int, onlyHere: [Call], onlyThere: [Call], different: [Call], inFlight: Int, pruned: Int,
      notArrived: Int
    ) {
      self.id = id
      self.equal = equal
      self.onlyHere = onlyHere
      self.onlyThere = onlyThere
      self.different = different
      self.inFlight = inFlight
      self.pruned = pruned
      self.notArrived = notArrived
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        id: try fields.required("peer_id"), equal: try fields.required("equal"),
        onlyHere: try fields.required("only_here"), onlyThere: try fields.required("only_there"),
        different: try fields.required("different"), inFlight: try fields.required("in_flight"),
        pruned: try fields.required("pruned"), notArrived: try fields.required("not_arrived"))
    }
    package var agrees: Bool { onlyHere.isEmpty && onlyThere.isEmpty && different.isEmpty }
    package var json: JSONValue {
      [
        "peer_id": id.json, "agrees": agrees.json, "equal": equal.json, "only_here": onlyHere.json,
        "only_there": onlyThere.json, "different": different.json, "in_flight": inFlight.json,
        "pruned": pruned.json, "not_arrived": notArrived.json,
      ]
    }
  }
  package static let parameters = Schema.object(
    [
      "peer_id": PeerParameters.peerSchema,
      "since": .integer("Only calls from then on, seconds since 1970.", minimum: 0),
    ], required: ["peer_id"])
  package static let result = Schema.object([
    "peer_id": .string("The peer."), "agrees": .boolean("Both sides say the same of every call that was compared."),
    "equal": .integer("Calls of which both sides say the same."),
    "only_here": .array(of: Call.schema, "Calls that only this node knows."),
    "only_there": .array(of: Call.schema, "Calls that only the peer knows."),
    "different": .array(of: Call.schema, "Calls of which the two say different things."),
    "in_flight": .integer("Calls that are not at their end."),
    "pruned": .integer("Calls that one side does not keep any more."),
    "not_arrived": .integer("Calls that failed on their way."),
  ])
}
