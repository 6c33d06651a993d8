package import PeerModel

/// `p2p.list_peers`: every peer that this node knows.
package enum ListPeers: Method {
  package static let name = "p2p.list_peers"
  package static let summary = "List all known peers."

  package struct Parameters: JSONConvertible, Hashable {
    /// Only peers with this status.
    package var status: PeerStatus?
    package init(status: PeerStatus? = nil) { self.status = status }
    package init(json: JSONValue) throws(NodeError) { status = try JSONFields(json).optional("status") }
    package var json: JSONValue { .compact(["status": status?.json]) }
  }
  package struct Result: JSONConvertible, Hashable {
    package var peers: [Peer]
    package init(peers: [Peer]) { self.peers = peers }
    package init(json: JSONValue) throws(NodeError) { peers = try JSONFields(json).required("peers") }
    package var json: JSONValue { ["peers": peers.json, "count": peers.count.json] }
  }
  package static let parameters = Schema.object([
    "status": .enumeration(PeerStatus.allCases.map(\.rawValue), "Only peers with this status.")
  ])
  package static let result = Schema.object([
    "peers": .array(of: Peer.schema, "The peers, by name."), "count": .integer("How many."),
  ]).whole
}

/// `p2p.peer_status`: one peer in detail.
package enum ShowPeer: Method {
  package static let name = "p2p.peer_status"
  package static let summary = "Get detailed peer status."
  package typealias Parameters = PeerParameters
  package typealias Result = Peer
  package static let parameters = PeerParameters.schema
  package static let result = Peer.schema
}

/// `p2p.add_peer`: reaches a node by address, learns its identity and asks it for approval.
package enum AddPeer: Method {
  package static let name = "p2p.add_peer"
  package static let summary = "Add a peer by IP address or host name."

  package struct Parameters: JSONConvertible, Hashable {
    package var host: String
    package var port: Int
    /// What to call it here; its own name when absent.
    package var name: String?

    package static let defaultPort = 8765

    package init(host: String, port: Int = defaultPort, name: String? = nil) {
      self.host = host
      self.port = port
      self.name = name
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        host: try fields.required("host"), port: try fields.optional("port") ?? Self.defaultPort,
        name: try fields.optional("name"))
    }
    package var json: JSONValue { .compact(["host": host.json, "port": port.json, "name": name?.json]) }
  }
  package typealias Result = Peer
  package static let parameters = Schema.object(
    [
      "host": .string("IP address or host name.", maximumLength: 255),
      "port": .integer("TCP port.", minimum: 1, maximum: 65535).withDefault(Parameters.defaultPort.json),
      "name": .string("What to call it here.", maximumLength: 63),
    ], required: ["host"])
  package static let result = Peer.schema
}

/// `p2p.approve_peer`: lets a peer in at a trust level.
package enum ApprovePeer: Method {
  package static let name = "p2p.approve_peer"
  package static let summary = "Approve a peer at a trust level."
  package typealias Parameters = PeerTrustParameters
  package typealias Result = Peer
  package static let parameters = PeerTrustParameters.schema
  package static let result = Peer.schema
}

/// `p2p.reject_peer`: refuses a peer; its tokens stop working at once.
package enum RejectPeer: Method {
  package static let name = "p2p.reject_peer"
  package static let summary = "Reject a peer; its tokens stop working at once."
  package typealias Parameters = PeerParameters
  package typealias Result = Peer
  package static let parameters = PeerParameters.schema
  package static let result = Peer.schema
}

/// `peers.trust`: changes what an approved peer may do.
package enum TrustPeer: Method {
  package static let name = "peers.trust"
  package static let summary = "Change the trust level of an approved peer."
  package typealias Parameters = PeerTrustParameters
  package typealias Result = Peer
  package static let parameters = PeerTrustParameters.schema
  package static let result = Peer.schema
}

/// `peers.block`: refuses a peer for good, without recording its requests.
package enum BlockPeer: Method {
  package static let name = "peers.block"
  package static let summary = "Block a peer: refuse it and do not record its requests."
  package typealias Parameters = PeerParameters
  package typealias Result = Peer
  package static let parameters = PeerParameters.schema
  package static let result = Peer.schema
}

/// `peers.remove`: forgets a peer.
package enum RemovePeer: Method {
  package static let name = "peers.remove"
  package static let summary = "Forget a peer; its tokens stop working at once."
  package typealias Parameters = PeerParameters

  package struct Result: JSONConvertible, Hashable {
    package var removed: PeerID
    package init(removed: PeerID) { self.removed = removed }
    package init(json: JSONValue) throws(NodeError) { removed = try JSONFields(json).required("removed") }
    package var json: JSONValue { ["removed": removed.json] }
  }
  package static let parameters = PeerParameters.schema
  package static let result = Schema.object(["removed": .string("The id of the peer that was forgotten.")]).whole
}
