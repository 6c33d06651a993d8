import LocalAPI
import PeerModel

/// `GET /v1/p2p/audit`: what this node has recorded about the peer that asks, and nothing about anybody else.
enum PeerRecords: Method {
  static let name = "peer.audit"
  static let summary = "List what this node has recorded about the caller."
  /// Entries in one answer.
  static let maximumLimit = 1000
  /// Running calls that are named.
  static let maximumRunning = 10_000

  struct Parameters: JSONConvertible, Hashable {
    /// Only entries that are at most that many seconds old.
    var age: Int?
    /// Only entries after this number.
    var after: Int?
    var limit: Int
    init(age: Int?, after: Int?, limit: Int = maximumLimit) {
      self.age = age
      self.after = after
      self.limit = limit
    }
    init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        age: try fields.optional("age"), after: try fields.optional("after"),
        limit: try fields.optional("limit") ?? maximumLimit)
    }
    var json: JSONValue { .compact(["age": age?.json, "after": after?.json, "limit": limit.json]) }
  }

  struct Entry: JSONConvertible, Hashable {
    var number: Int
    var time: Int
    /// The node that answers called the one that asks.
    var isOutgoing: Bool
    var operation: String
    var subject: String?
    var request: String?
    var outcome: String

    init(_ line: AuditLine, of peer: PeerID) {
      (number, time, operation) = (line.number, line.time, line.operation)
      (subject, request, outcome) = (line.subject, line.request, line.outcome)
      isOutgoing = line.target == peer
    }
    init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      number = try fields.required("number")
      time = try fields.required("time")
      isOutgoing = try fields.required("direction", as: String.self) == "out"
      operation = try fields.required("operation")
      subject = try fields.optional("subject")
      request = try fields.optional("request_id")
      outcome = try fields.required("outcome")
    }
    var json: JSONValue {
      [
        "number": number.json, "time": time.json, "direction": isOutgoing ? "out" : "in", "operation": operation.json,
        "subject": subject?.json ?? .null, "request_id": request?.json ?? .null, "outcome": outcome.json,
      ]
    }
  }

  struct Result: JSONConvertible, Hashable {
    /// Seconds since 1970 by the clock of the node that answers, as all times here.
    var now: Int
    /// From when on everything is kept.
    var keptSince: Int
    /// Ids of the calls to the node that asks, which run now.
    var running: [String]
    var entries: [Entry]
    /// What to ask for next: `after` this number; nil when there is no more.
    var next: Int?

    init(now: Int, keptSince: Int, running: [String], entries: [Entry], next: Int?) {
      (self.now, self.keptSince, self.running, self.entries) = (now, keptSince, running, entries)
      self.next = next
    }
    init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        now: try fields.required("now"), keptSince: try fields.required("kept_since"),
        running: try fields.required("running"), entries: try fields.required("entries"),
        next: try fields.optional("next"))
    }
    var json: JSONValue {
      [
        "now": now.json, "kept_since": keptSince.json, "running": running.json, "entries": entries.json,
        "next": next?.json ?? .null,
      ]
    }
  }
  static let parameters = Schema.object([
    "age": .integer("Only entries that are at most that many seconds old.", minimum: 0, maximum: 1 << 40),
    "after": .integer("Only entries after this number.", minimum: 0),
    "limit": .integer("Entries in the answer.", minimum: 1, maximum: maximumLimit).withDefault(.integer(1000)),
  ])
  static let result = Schema.object([
    "now": .integer("Seconds since 1970 by this node's clock."),
    "kept_since": .integer("From when on everything is kept, seconds since 1970."),
    "running": .array(of: .string("A request id."), "Calls from this node to the caller that run now."),
    "entries": .array(
      of: .object([
        "number": .integer("Its number here."), "time": .integer("Seconds since 1970."),
        "direction": .enumeration(["in", "out"], "in: the caller called this node."),
        "operation": .string("What was asked for."), "subject": .string("skill.tool, or a peer's id.").orNull,
        "request_id": .string("The id of the request.").orNull, "outcome": .string("ok, or an error code."),
      ]), "Oldest first."),
    "next": .integer("Ask for what comes after this number; null at the end.").orNull,
  ])
}
