package import PeerModel

/// `p2p.discover_peers`: asks the local network who is there.
package enum DiscoverPeers: Method {
  package static let name = "p2p.discover_peers"
  package static let summary = "Scan the local network for nodes."

  package struct Parameters: JSONConvertible, Hashable {
    /// Seconds to listen.
    package var timeout: Double
    /// Return at the first answer.
    package var first: Bool
    /// Return as soon as the node with this name or id is found.
    package var only: String?

    package init(timeout: Double = 5, first: Bool = false, only: String? = nil) {
      self.timeout = timeout
      self.first = first
      self.only = only
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        timeout: try fields.optional("timeout") ?? 5, first: try fields.optional("first") ?? false,
        only: try fields.optional("name"))
    }
    package var json: JSONValue { .compact(["timeout": timeout.json, "first": first.json, "name": only?.json]) }
  }
  package struct Result: JSONConvertible, Hashable {
    package var peers: [Peer]
    package init(peers: [Peer]) { self.peers = peers }
    package init(json: JSONValue) throws(NodeError) { peers = try JSONFields(json).required("peers") }
    package var json: JSONValue { ["discovered": peers.count.json, "peers": peers.json] }
  }
  package static let parameters = Schema.object([
    "timeout": .number("Seconds to listen.", minimum: 0, maximum: 60).withDefault(5),
    "first": .boolean("Return at the first answer.").withDefault(false),
    "name": .string("Return as soon as this node is found: a name or an id.", maximumLength: 255),
  ])
  package static let result = Schema.object([
    "discovered": .integer("How many nodes answered."), "peers": .array(of: Peer.schema, "The nodes that answered."),
  ]).whole
}
