import LocalAPI
import PeerModel

/// `GET /v1/p2p/reflection`: how this node sees the peer that asks, so that the peer can find out what only this side
/// knows.
enum Reflect: Method {
  static let name = "peer.reflection"
  static let summary = "Tell the caller how this node sees it: address, trust, mDNS, clock."
  typealias Parameters = NoParameters
  typealias Result = Reflection
  static let parameters = NoParameters.schema
  static let result = Schema.object([
    "peer_id": .string("Who the caller is."), "address": .string("Where it calls from."),
    "trust": .string("What it may do here."), "name": .string("This node's name."),
    "version": .string("Its software version."), "protocol": .string("Its protocol version."),
    "time": .number("Its clock, seconds since 1970."), "task_timeout": .integer("Its p2p.task_timeout, seconds."),
    "mdns": .object([:], "How mDNS works here, and whether the caller is seen.", open: true),
  ])
}

/// What one node says about another to its face.
struct Reflection: JSONConvertible, Hashable {
  /// mDNS on the node that speaks.
  struct Discovery: JSONConvertible, Hashable {
    var isRunning: Bool
    var announces: Bool
    var searches: Bool
    /// Whether its own packets come back to it; nil when it sent none.
    var echoes: Bool?
    /// Whether its kernel lets packets out; nil when it sent none.
    var sends: Bool?
    /// Seconds since it last heard the caller's announcement; nil when it does not see the caller.
    var age: Double?
    /// Where it sees the caller.
    var addresses: [String]

    init(
      isRunning: Bool, announces: Bool, searches: Bool, echoes: Bool? = nil, sends: Bool? = nil, age: Double? = nil,
      addresses: [String] = []
    ) {
      self.isRunning = isRunning
      self.announces = announces
      self.searches = searches
      self.echoes = echoes
      self.sends = sends
      self.age = age
      self.addresses = addresses
    }
    init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        isRunning: try fields.optional("running") ?? false, announces: try fields.optional("announces") ?? false,
        searches: try fields.optional("searches") ?? false, echoes: try fields.optional("echoes"),
        sends: try fields.optional("sends"), age: try fields.optional("seen_seconds_ago"),
        addresses: Array((try fields.optional("seen_at") ?? []).prefix(8)))
    }
    var json: JSONValue {
      [
        "running": isRunning.json, "announces": announces.json, "searches": searches.json,
        "echoes": echoes?.json ?? .null, "sends": sends?.json ?? .null, "seen_seconds_ago": age?.json ?? .null,
        "seen_at": addresses.json,
      ]
    }
  }

  var id: PeerID
  var address: String
  var trust: TrustLevel
  var name: String
  var version: String
  var protocolVersion: String
  /// Seconds since 1970.
  var time: Double
  /// Seconds.
  var taskTimeout: Int
  var discovery: Discovery

  init(
    id: PeerID, address: String, trust: TrustLevel, name: String, version: String, protocolVersion: String,
    time: Double, taskTimeout: Int, discovery: Discovery
  ) {
    self.id = id
    self.address = address
    self.trust = trust
    self.name = name
    self.version = version
    self.protocolVersion = protocolVersion
    self.time = time
    self.taskTimeout = taskTimeout
    self.discovery = discovery
  }
  init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      id: try fields.required("peer_id"), address: try fields.required("address"), trust: try fields.required("trust"),
      name: try fields.required("name"), version: try fields.required("version"),
      protocolVersion: try fields.required("protocol"), time: try fields.required("time"),
      taskTimeout: try fields.required("task_timeout"), discovery: try fields.required("mdns"))
  }
  var json: JSONValue {
    [
      "peer_id": id.json, "address": address.json, "trust": trust.json, "name": name.json, "version": version.json,
      "protocol": protocolVersion.json, "time": .number(time), "task_timeout": taskTimeout.json,
      "mdns": discovery.json,
    ]
  }
}
