package import PeerModel

/// `p2p.p2p_status`: how this node stands.
package enum NodeStatus: Method {
  package static let name = "p2p.p2p_status"
  package static let summary = "Get P2P system status."
  package typealias Parameters = NoParameters

  package struct Result: JSONConvertible, Hashable {
    package var name: String
    package var id: PeerID
    package var fingerprint: String
    package var version: String
    package var protocolVersion: String
    package var enabled: Bool
    /// Where the peer API listens; nil when peer-to-peer is off.
    package var listenHost: String?
    package var listenPort: Int?
    /// Interfaces on which the node is announced.
    package var interfaces: [String]
    /// How many peers have each status.
    package var counts: [String: Int]
    package var online: Int
    /// Skills that can be used now.
    package var skills: [String]
    /// Seconds since the daemon started.
    package var uptime: Int
    /// What the owner should know: each one sentence.
    package var warnings: [String]
    /// What the caller is here: `owner`, `reader` (who may only look) or `peer`; nil from a daemon that does not say.
    package var role: String?

    package init(
      name: String, id: PeerID, fingerprint: String, version: String, protocolVersion: String, enabled: Bool,
      listenHost: String?, listenPort: Int?, interfaces: [String], counts: [String: Int], online: Int,
      skills: [String], uptime: Int, warnings: [String], role: String? = nil
    ) {
      self.name = name
      self.id = id
      self.fingerprint = fingerprint
      self.version = version
      self.protocolVersion = protocolVersion
      self.enabled = enabled
      self.listenHost = listenHost
      self.listenPort = listenPort
      self.interfaces = interfaces
      self.counts = counts
      self.online = online
      self.skills = skills
      self.uptime = uptime
      self.warnings = warnings
      self.role = role
    }

    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      let peers = try JSONFields(fields.required("peers"), at: "/peers")
      var counts: [String: Int] = [:]
      for status in PeerStatus.allCases { counts[status.rawValue] = try peers.optional(status.rawValue) ?? 0 }
      self.init(
        name: try fields.required("name"), id: try fields.required("peer_id"),
        fingerprint: try fields.required("fingerprint"), version: try fields.required("version"),
        protocolVersion: try fields.required("protocol"), enabled: try fields.required("enabled"),
        listenHost: try fields.optional("listen_host"), listenPort: try fields.optional("listen_port"),
        interfaces: try fields.optional("interfaces") ?? [], counts: counts, online: try peers.optional("online") ?? 0,
        skills: try fields.optional("skills") ?? [], uptime: try fields.required("uptime"),
        warnings: try fields.optional("warnings") ?? [], role: try fields.optional("role"))
    }

    package var json: JSONValue {
      var peers = Dictionary(
        uniqueKeysWithValues: PeerStatus.allCases.map { ($0.rawValue, (counts[$0.rawValue] ?? 0).json) })
      peers["online"] = online.json
      return [
        "name": name.json, "peer_id": id.json, "fingerprint": fingerprint.json, "version": version.json,
        "protocol": protocolVersion.json, "enabled": enabled.json, "listen_host": listenHost?.json ?? .null,
        "listen_port": listenPort?.json ?? .null, "interfaces": interfaces.json, "peers": .object(peers),
        "skills": skills.json, "uptime": uptime.json, "warnings": warnings.json,
        "role": role?.json ?? .null,
      ]
    }
  }

  package static let parameters = NoParameters.schema
  package static let result = Schema.object([
    "name": .string("This node's name."), "peer_id": .string("Its identity."),
    "fingerprint": .string("SHA-256 of its public key."), "version": .string("Software version."),
    "protocol": .string("Protocol version."), "enabled": .boolean("Whether peer-to-peer is on."),
    "listen_host": .string("Address of the peer API.").orNull, "listen_port": .integer("Its port.").orNull,
    "interfaces": .array(of: .string("An interface."), "Where the node is announced."),
    "peers": .object([:], "How many peers have each status, and how many are online.", open: true),
    "skills": .array(of: .string("A skill."), "Skills that can be used now."),
    "uptime": .integer("Seconds since the start."),
    "warnings": .array(of: .string("A sentence."), "What the owner should know."),
    "role": .string("What the caller is here: owner, reader (may only look) or peer.").orNull,
  ]).whole
}

/// `daemon.info`: which daemon answers.
package enum DaemonInfo: Method {
  package static let name = "daemon.info"
  package static let summary = "Tell which daemon answers, its version and process."
  package typealias Parameters = NoParameters

  package struct Result: JSONConvertible, Hashable {
    package var version: String
    package var protocolVersion: String
    package var processID: Int
    package var name: String
    package var id: PeerID

    package init(version: String, protocolVersion: String, processID: Int, name: String, id: PeerID) {
      self.version = version
      self.protocolVersion = protocolVersion
      self.processID = processID
      self.name = name
      self.id = id
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        version: try fields.required("version"), protocolVersion: try fields.required("protocol"),
        processID: try fields.required("pid"), name: try fields.required("name"), id: try fields.required("peer_id"))
    }
    package var json: JSONValue {
      [
        "version": version.json, "protocol": protocolVersion.json, "pid": processID.json, "name": name.json,
        "peer_id": id.json,
      ]
    }
  }
  package static let parameters = NoParameters.schema
  package static let result = Schema.object([
    "version": .string("Software version."), "protocol": .string("Protocol version."),
    "pid": .integer("Process id."), "name": .string("The node's name."), "peer_id": .string("Its identity."),
  ])
}

/// `daemon.config`: the configuration in force.
package enum ShowConfiguration: Method {
  package static let name = "daemon.config"
  package static let summary = "Show the configuration in force, defaults included; secrets are not part of it."
  package typealias Parameters = NoParameters
  package typealias Result = JSONValue
  package static let parameters = NoParameters.schema
  package static let result = Schema.object([:], "The configuration, as in the file.", open: true)
}

/// `rpc.discover`: the OpenRPC document of this very table.
package enum DiscoverMethods: Method {
  package static let name = "rpc.discover"
  package static let summary = "Describe every method of this API as an OpenRPC document."
  package typealias Parameters = NoParameters
  package typealias Result = JSONValue
  package static let parameters = NoParameters.schema
  package static let result = Schema.object([:], "An OpenRPC 1.3 document.", open: true)
}

/// `events.subscribe`: peers coming, going, asking and being decided, as they happen.
package enum SubscribeEvents: Method {
  package static let name = "events.subscribe"
  package static let summary = "Stream events as $/progress notifications until cancelled or the connection closes."
  package typealias Parameters = NoParameters
  package typealias Result = JSONValue
  package static let parameters = NoParameters.schema
  package static let result = Schema.object([:], "Empty: the stream is in the notifications.", open: true)
}
