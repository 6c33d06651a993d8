package import PeerModel

/// `peers.perform`: performs an owner's method on a peer that lets this node administer it.
package enum PerformOnPeer: Method {
  package static let name = "peers.perform"
  package static let summary = "Perform a method of the local API on a peer that grants this node level full."

  package struct Parameters: JSONConvertible, Hashable {
    package var peer: String
    /// The method's name, such as `p2p.approve_peer`.
    package var method: String
    /// Its parameters.
    package var parameters: JSONValue

    package init(peer: String, method: String, parameters: JSONValue) {
      self.peer = peer
      self.method = method
      self.parameters = parameters
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        peer: try fields.required("peer_id"), method: try fields.required("method"),
        parameters: fields.value("parameters") ?? [:])
    }
    package var json: JSONValue { ["peer_id": peer.json, "method": method.json, "parameters": parameters] }
  }
  package struct Result: JSONConvertible, Hashable {
    /// What the method gave there.
    package var result: JSONValue

    package init(result: JSONValue) { self.result = result }
    package init(json: JSONValue) throws(NodeError) { result = try JSONFields(json).value("result") ?? .null }
    package var json: JSONValue { ["result": result] }
  }
  package static let parameters = Schema.object(
    [
      "peer_id": PeerParameters.peerSchema, "method": .string("A method of the local API.", maximumLength: 64),
      "parameters": .object([:], "Its parameters.", open: true),
    ], required: ["peer_id", "method"])
  package static let result = Schema.object(["result": .any("What the method gave there.")])
}
