import LocalAPI
import PeerModel

/// The servers of the Model Context Protocol.
extension NodeParts {
  var mcpOperations: [Operation] {
    [
      Operation(ListMCPServers.self, .view) { _, _ in ListMCPServers.Result(servers: mcp.statuses) },
      Operation(RestartMCPServer.self, .administer) { parameters, _ in
        try mcp.restart(parameters.name)
        return RestartMCPServer.Result(name: parameters.name)
      },
    ]
  }
}
