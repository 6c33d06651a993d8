package import PeerModel

/// `node.diagnose`: proves step by step that this node, and the way to its peers, works. Each finding is also sent as a
/// `$/progress` notification as soon as it is there.
package enum DiagnoseNode: Method {
  package static let name = "node.diagnose"
  package static let summary = "Examine this node and the way to its peers, or everything about one peer."

  package struct Parameters: JSONConvertible, Hashable {
    /// A peer's name or id, or an address that is not known yet; nil for this node and all its peers.
    package var peer: String?
    /// The longest wait for one step over the network, seconds.
    package var timeout: Double

    package init(peer: String? = nil, timeout: Double = 4) {
      self.peer = peer
      self.timeout = timeout
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(peer: try fields.optional("peer"), timeout: try fields.optional("timeout") ?? 4)
    }
    package var json: JSONValue { .compact(["peer": peer?.json, "timeout": timeout.json]) }
  }
  package typealias Result = Diagnosis

  package static let parameters = Schema.object([
    "peer": .string("A peer's name or id, or HOST[:PORT].", maximumLength: 255),
    "timeout": .number("Longest wait for one step over the network, seconds.", minimum: 0.1, maximum: 30)
      .withDefault(4),
  ])
  package static let result = Diagnosis.schema
}
