package import PeerModel

/// One entry of the audit log.
package struct AuditLine: JSONConvertible, Hashable {
  package var number: Int
  /// Seconds since 1970; of the last one, where the entry counts several.
  package var time: Int
  package var caller: String
  package var operation: String
  /// The peer that this node called.
  package var target: PeerID?
  /// The id of a peer, or `skill.tool`.
  package var subject: String?
  package var request: String?
  /// `ok` or an error code.
  package var outcome: String
  /// How many equal ones the entry stands for.
  package var count: Int
  package var isLook: Bool
  /// Lower-case hexadecimal digits.
  package var hash: String

  package init(
    number: Int, time: Int, caller: String, operation: String, target: PeerID?, subject: String?, request: String?,
    outcome: String, count: Int, isLook: Bool, hash: String
  ) {
    self.number = number
    self.time = time
    self.caller = caller
    self.operation = operation
    self.target = target
    self.subject = subject
    self.request = request
    self.outcome = outcome
    self.count = count
    self.isLook = isLook
    self.hash = hash
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      number: try fields.required("number"), time: try fields.required("time"), caller: try fields.required("caller"),
      operation: try fields.required("operation"), target: try fields.optional("peer_id"),
      subject: try fields.optional("subject"), request: try fields.optional("request_id"),
      outcome: try fields.required("outcome"), count: try fields.required("count"), isLook: try fields.required("look"),
      hash: try fields.required("hash"))
  }
  package var json: JSONValue {
    [
      "number": number.json, "time": time.json, "caller": caller.json, "operation": operation.json,
      "peer_id": target?.json ?? .null, "subject": subject?.json ?? .null, "request_id": request?.json ?? .null,
      "outcome": outcome.json, "count": count.json, "look": isLook.json, "hash": hash.json,
    ]
  }
  package static let schema = Schema.object([
    "number": .integer("Its place in the chain."), "time": .integer("Seconds since 1970."),
    "caller": .string("uid:N, reader:N, a peer's id, address:A for strangers, config, or node."),
    "operation": .string("What was asked for."), "peer_id": .string("The peer that this node called.").orNull,
    "subject": .string("The id of a peer, or skill.tool.").orNull,
    "request_id": .string("The caller's id of the request.").orNull, "outcome": .string("ok, or an error code."),
    "count": .integer("How many equal ones it stands for."), "look": .boolean("Nothing was changed or run."),
    "hash": .string("SHA-256 of the chain up to here, hexadecimal."),
  ])
}

/// `audit.list`: what is on record.
package enum ListAudit: Method {
  package static let name = "audit.list"
  package static let summary = "List the audit log, oldest first; with follow, go on as $/progress notifications."
  /// Entries in one answer.
  package static let maximumLimit = 10_000

  package struct Parameters: JSONConvertible, Hashable {
    /// The newest that many.
    package var limit: Int
    /// Only from then on, seconds since 1970.
    package var since: Int?
    /// Only what a peer did or what was done to it.
    package var peer: String?
    package var caller: String?
    /// Only what did not end well.
    package var failed: Bool
    /// Looks too.
    package var all: Bool
    /// Stay, and send each entry as it comes.
    package var follow: Bool

    package init(
      limit: Int = 50, since: Int? = nil, peer: String? = nil, caller: String? = nil, failed: Bool = false,
      all: Bool = false, follow: Bool = false
    ) {
      self.limit = limit
      self.since = since
      self.peer = peer
      self.caller = caller
      self.failed = failed
      self.all = all
      self.follow = follow
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        limit: try fields.optional("limit") ?? 50, since: try fields.optional("since"),
        peer: try fields.optional("peer_id"), caller: try fields.optional("caller"),
        failed: try fields.optional("failed") ?? false, all: try fields.optional("all") ?? false,
        follow: try fields.optional("follow") ?? false)
    }
    package var json: JSONValue {
      .compact([
        "limit": limit.json, "since": since?.json, "peer_id": peer?.json, "caller": caller?.json,
        "failed": failed.json, "all": all.json, "follow": follow.json,
      ])
    }
  }
  package struct Result: JSONConvertible, Hashable {
    package var entries: [AuditLine]
    package init(entries: [AuditLine]) { self.entries = entries }
    package init(json: JSONValue) throws(NodeError) { entries = try JSONFields(json).required("entries") }
    package var json: JSONValue { ["entries": entries.json] }
  }
  package static let parameters = Schema.object([
    "limit": .integer("The newest that many.", minimum: 1, maximum: maximumLimit).withDefault(50),
    "since": .integer("Only from then on, seconds since 1970.", minimum: 0),
    "peer_id": PeerParameters.peerSchema,
    "caller": .string("Only of this caller: uid:N, reader:N, a peer's id.", maximumLength: 255),
    "failed": .boolean("Only what did not end well.").withDefault(false),
    "all": .boolean("Looks too.").withDefault(false),
    "follow": .boolean("Stay, and send each entry as it comes.").withDefault(false),
  ])
  package static let result = Schema.object(["entries": .array(of: AuditLine.schema, "Oldest first.")])
}

/// `audit.verify`: proves the chain.
package enum VerifyAudit: Method {
  package static let name = "audit.verify"
  package static let summary = "Prove that nothing in the audit log was changed, removed or put in."

  package struct Parameters: JSONConvertible, Hashable {
    /// A head that an earlier proof gave: whether it is still in the chain.
    package var expect: String?
    package init(expect: String? = nil) { self.expect = expect }
    package init(json: JSONValue) throws(NodeError) { expect = try JSONFields(json).optional("expect") }
    package var json: JSONValue { .compact(["expect": expect?.json]) }
  }
  package struct Result: JSONConvertible, Hashable {
    /// Entries that have been proved.
    package var entries: Int
    package var first: Int?
    package var last: Int?
    /// The hash of the last entry that was proved; 64 zeros in an empty log.
    package var head: String
    /// The first entry at which the chain breaks.
    package var brokenAt: Int?
    package var reason: String?
    /// Nil when nothing was expected.
    package var isExpectedFound: Bool?

    package init(
      entries: Int, first: Int?, last: Int?, head: String, brokenAt: Int?, reason: String?, isExpectedFound: Bool?
    ) {
      self.entries = entries
      self.first = first
      self.last = last
      self.head = head
      self.brokenAt = brokenAt
      self.reason = reason
      self.isExpectedFound = isExpectedFound
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        entries: try fields.required("entries"), first: try fields.optional("first"), last: try fields.optional("last"),
        head: try fields.required("head"), brokenAt: try fields.optional("broken_at"),
        reason: try fields.optional("reason"), isExpectedFound: try fields.optional("expected_found"))
    }
    package var isGood: Bool { brokenAt == nil && isExpectedFound != false }
    package var json: JSONValue {
      [
        "ok": isGood.json, "entries": entries.json, "first": first?.json ?? .null, "last": last?.json ?? .null,
        "head": head.json, "broken_at": brokenAt?.json ?? .null, "reason": reason?.json ?? .null,
        "expected_found": isExpectedFound?.json ?? .null,
      ]
    }
  }
  package static let parameters = Schema.object([
    "expect": .string("A head that an earlier proof gave: 64 hexadecimal digits.", maximumLength: 64)
  ])
  package static let result = Schema.object([
    "ok": .boolean("The chain holds, and the expected head is in it."),
    "entries": .integer("Entries that have been proved."), "first": .integer("The oldest one's number.").orNull,
    "last": .integer("The newest one's number.").orNull, "head": .string("Its hash, hexadecimal."),
    "broken_at": .integer("The first entry at which the chain breaks.").orNull,
    "reason": .string("How it breaks.").orNull,
    "expected_found": .boolean("Whether the expected head is in the chain.").orNull,
  ])
}
