internal import LocalAPI
internal import PeerModel

/// `r mcp`: the servers of the Model Context Protocol whose tools are skills of this node.
enum MCPCommand: Command {
  static let syntax = Syntax(
    verb: "mcp", group: .skills, summary: "List the MCP servers whose tools are skills of this node.",
    details: """
      Servers are named under mcp_servers: in the configuration. One that ends is
      started again, after longer and longer pauses.
      """,
    examples: ["r mcp", "r mcp restart git"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(ListMCPServers.self, .init())
    let servers = try answer.value().servers
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for server in servers { output.line(server.name) }
    case .text where servers.isEmpty:
      output.note("no MCP servers are configured: see mcp_servers: in the configuration")
    case .text: output.table(table(servers))
    }
  }

  private static func table(_ servers: [MCPServerStatus]) -> Table {
    var table = Table(["NAME", "STATE", "PROTOCOL", "TOOLS", "RESTARTS", "LAST ERROR"])
    for server in servers {
      table.add([
        .init(server.name), .init(server.phase.rawValue, style(of: server.phase)),
        .init(server.protocolVersion ?? "-"), .init("\(server.tools.count)"), .init("\(server.restarts)"),
        .init(server.lastError ?? ""),
      ])
    }
    return table
  }

  private static func style(of phase: MCPServerStatus.Phase) -> Style? {
    switch phase {
    case .ready: .green
    case .waiting, .refused: .red
    case .starting: .yellow
    case .stopped, .disabled: .dim
    }
  }
}

/// `r mcp restart`: starts one of them anew.
enum RestartMCPCommand: Command {
  static let syntax = Syntax(
    verb: "mcp restart", group: .skills, summary: "Start an MCP server of this node anew, at once.",
    arguments: [Argument(name: "NAME", help: "The server, as r mcp shows it.", completion: .mcpServers)],
    examples: ["r mcp restart git"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let name = invocation.input.words[0]
    let answer = try invocation.session.call(RestartMCPServer.self, .init(name: name))
    switch invocation.output.format {
    case .json: invocation.output.json(answer.json)
    case .ids: invocation.output.line(try answer.value().name)
    case .text: invocation.output.note("\(try answer.value().name) is started anew")
    }
  }
}
