package import PeerModel

/// How one server of the Model Context Protocol is.
package struct MCPServerStatus: JSONConvertible, Hashable {
  /// Where it is in its life.
  package enum Phase: String, Sendable, CaseIterable {
    /// Its process has been started, and its tools are not known yet.
    case starting
    /// Its tools can be used.
    case ready
    /// It has ended, and will be started again.
    case waiting
    /// It is not running, and will not be started.
    case stopped
    /// The configuration says that it is not to be started.
    case disabled
    /// It is not used; ``MCPServerStatus/lastError`` says why.
    case refused
  }

  /// The skill's name.
  package var name: String
  package var phase: Phase
  /// What the server calls itself, with its version.
  package var server: String?
  /// The revision of the protocol that was agreed on last.
  package var protocolVersion: String?
  /// Names of its tools, as they were when it was last there.
  package var tools: [String]
  /// How often it has been started again.
  package var restarts: Int
  /// Why it last ended, or is not used.
  package var lastError: String?

  package init(
    name: String, phase: Phase, server: String? = nil, protocolVersion: String? = nil, tools: [String], restarts: Int,
    lastError: String? = nil
  ) {
    self.name = name
    self.phase = phase
    self.server = server
    self.protocolVersion = protocolVersion
    self.tools = tools
    self.restarts = restarts
    self.lastError = lastError
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    let phase: String = try fields.required("state")
    self.init(
      name: try fields.required("name"), phase: Phase(rawValue: phase) ?? .stopped,
      server: try fields.optional("server"), protocolVersion: try fields.optional("protocol_version"),
      tools: try fields.required("tools"), restarts: try fields.required("restarts"),
      lastError: try fields.optional("last_error"))
  }
  package var json: JSONValue {
    [
      "name": name.json, "state": phase.rawValue.json, "server": server?.json ?? .null,
      "protocol_version": protocolVersion?.json ?? .null, "tools": tools.json, "restarts": restarts.json,
      "last_error": lastError?.json ?? .null,
    ]
  }
  package static let schema = Schema.object([
    "name": .string("The skill's name."),
    "state": .enumeration(Phase.allCases.map(\.rawValue), "Where it is in its life."),
    "server": .string("What it calls itself, with its version.").orNull,
    "protocol_version": .string("The revision of the protocol that was agreed on.").orNull,
    "tools": .array(of: .string("A tool."), "Its tools, as they were when it was last there."),
    "restarts": .integer("How often it has been started again."),
    "last_error": .string("Why it last ended, or is not used.").orNull,
  ]).whole
}

/// `mcp.list`: the servers whose tools are skills of this node.
package enum ListMCPServers: Method {
  package static let name = "mcp.list"
  package static let summary = "List the MCP servers whose tools are skills of this node."
  package typealias Parameters = NoParameters

  package struct Result: JSONConvertible, Hashable {
    /// By name.
    package var servers: [MCPServerStatus]
    package init(servers: [MCPServerStatus]) { self.servers = servers }
    package init(json: JSONValue) throws(NodeError) { servers = try JSONFields(json).required("servers") }
    package var json: JSONValue { ["servers": servers.json] }
  }
  package static let parameters = NoParameters.schema
  package static let result = Schema.object(["servers": .array(of: MCPServerStatus.schema, "By name.")]).whole
}

/// `mcp.restart`: starts a server anew.
package enum RestartMCPServer: Method {
  package static let name = "mcp.restart"
  package static let summary = "Start an MCP server of this node anew."

  package struct Parameters: JSONConvertible, Hashable {
    package var name: String
    package init(name: String) { self.name = name }
    package init(json: JSONValue) throws(NodeError) { name = try JSONFields(json).required("name") }
    package var json: JSONValue { ["name": name.json] }
  }
  package struct Result: JSONConvertible, Hashable {
    package var name: String
    package init(name: String) { self.name = name }
    package init(json: JSONValue) throws(NodeError) { name = try JSONFields(json).required("name") }
    package var json: JSONValue { ["name": name.json] }
  }
  package static let parameters = Schema.object(
    ["name": .string("The server's name.", maximumLength: 64)], required: ["name"])
  package static let result = Schema.object(["name": .string("The server that is started anew.")]).whole
}
