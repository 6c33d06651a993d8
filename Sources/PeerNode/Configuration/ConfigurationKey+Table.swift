extension ConfigurationKey {
  /// Every key of the configuration file, in the order of the reference page.
  package static let table: [ConfigurationKey] = [
    ConfigurationKey(
      "name", .text(\.name, .nodeName), since: "0.1.0",
      "The name this node goes by among its peers. A claim, not its identity."),
    ConfigurationKey(
      "p2p.enabled", .flag(\.p2p.enabled), since: "0.1.0", effect: .restart,
      "Talk to other nodes at all; when `false`, only the local socket is served."),
    ConfigurationKey(
      "p2p.listen_host", .text(\.p2p.listenHost, .listenHost), since: "0.1.0", effect: .restart,
      "The IP address to listen on, or `localhost`. `\"\"` or `::` is every address of both families, `0.0.0.0` every "
        + "IPv4 address. Not used when systemd hands the listening sockets over."),
    ConfigurationKey(
      "p2p.listen_port", .integer(\.p2p.listenPort, 0...65535, what: "a port"), since: "0.1.0", effect: .restart,
      "The TCP port for peers; `0` takes any free one. Not used when systemd hands the listening sockets over."),
    ConfigurationKey(
      "p2p.advertise_mdns", .flag(\.p2p.advertiseMDNS), since: "0.1.0",
      "Announce this node on the local network over mDNS."),
    ConfigurationKey(
      "p2p.interfaces", .list(\.p2p.interfaces, .interface), since: "0.1.0",
      "Network interfaces to use beside the suitable ones: loopback, tunnels and container bridges are not otherwise."),
    ConfigurationKey(
      "p2p.require_approval", .flag(\.p2p.requireApproval), since: "0.1.0",
      "Let a new peer wait until its owner approves it; when `false`, it gets `p2p.default_trust` on first contact."),
    ConfigurationKey(
      "p2p.default_trust", .trust(\.p2p.defaultTrust), since: "0.1.0",
      "The level that an approval grants when it names none."),
    ConfigurationKey(
      "p2p.auto_discover", .flag(\.p2p.autoDiscover), since: "0.1.0",
      "Search for peers from the start on, without being asked."),
    ConfigurationKey(
      "p2p.max_peers", .integer(\.p2p.maxPeers, 1...1000, what: "a number of peers"), since: "0.1.0",
      "How many peers may be approved at the same time."),
    ConfigurationKey(
      "p2p.task_timeout", .duration(\.p2p.taskTimeout, 1...86_400), since: "0.1.0",
      "How long a task may run when its caller sets no limit, and the most that a caller may ask for."),
    ConfigurationKey(
      "p2p.token_lifetime", .duration(\.p2p.tokenLifetime, 30...86_400), since: "0.1.0",
      "How long a token that was issued to a peer is good for."),
    ConfigurationKey(
      "p2p.peer_rate", .integer(\.p2p.peerRate, 1...1_000_000, what: "a number of requests a second"), since: "0.2.0",
      "How many requests a second one peer may make on average, and twice as many at once; more are refused with 429."),
    ConfigurationKey(
      "p2p.tls.mutual", .mutualTLS(\.p2p.tls.mutual), since: "0.2.0",
      "Whether a TLS connection to this node needs a client certificate. Nodes always show theirs; `required` refuses "
        + "every other client in the TLS handshake. Connections that are open stay."),
    ConfigurationKey(
      "p2p.expose_skills", .list(\.p2p.exposeSkills, .skill), since: "0.1.0",
      "The skills that peers may use; empty means all of them."),
    ConfigurationKey(
      "p2p.hide_skills", .list(\.p2p.hideSkills, .skill), since: "0.1.0",
      "The skills that peers may not use, even when `p2p.expose_skills` has them."),
    ConfigurationKey(
      "p2p.sync_scopes", .list(\.p2p.syncScopes, .scope), since: "0.2.0",
      "The scopes of context, `session` and `memory`, that peers at level trusted may push and pull; `[]` means none. What "
        + "the owner syncs with `r sync` is not bound by it."),
    ConfigurationKey(
      "audit.keep", .duration(\.audit.keep, 3600...315_360_000), since: "0.2.0",
      "How long an entry of the audit log is kept. The oldest go earlier when there are a million."),
    ConfigurationKey(
      "local.readers", .text(\.local.readers, .group), since: "0.2.0",
      "The Unix group whose members may look at this node through `read.sock`, beside the local socket, and change "
        + "nothing; `\"\"` means nobody beside the owners, who are the members of the group `rd`."),
    ConfigurationKey(
      "skills.dirs", .list(\.skills.dirs, .folder), since: "0.2.0",
      "Folders with manifests of command skills, beside those where they are always looked for (<doc:CommandSkills>)."),
    ConfigurationKey(
      "mcp_servers", .mcpServers(\.mcpServers), since: "0.2.0",
      "Servers of the Model Context Protocol whose tools are skills of this node (<doc:MCP>)."),
    ConfigurationKey(
      "sql.databases", .sections(databases), since: "0.2.0",
      "The databases that callers of the skill `sql` may ask, by the names that they use (<doc:SQL>)."),
    ConfigurationKey(
      "fs.roots", .sections(roots), since: "0.2.0",
      "The folders that callers of the skill `fs` may look into, by the names that they use (<doc:Files>)."),
    ConfigurationKey(
      "llm.base_url", .text(\.llm.baseURL, .url), since: "0.2.0",
      "The base of the chat completions API of the language model that does tasks, such as `http://127.0.0.1:8080/v1` of "
        + "llama.cpp or Ollama; `\"\"` means that this node does no tasks."),
    ConfigurationKey(
      "llm.model", .text(\.llm.model, .model), since: "0.2.0",
      "The model to ask for; `\"\"` leaves it to the server."),
    ConfigurationKey(
      "llm.api_key_env", .text(\.llm.keyVariable, .variable), since: "0.2.0",
      "The environment variable of `rd` that has the API's key; `\"\"` sends none. The key itself is never in a file here."
    ),
    ConfigurationKey(
      "llm.timeout", .duration(\.llm.timeout, 1...86_400), since: "0.2.0",
      "How long one answer of the language model may take."),
  ]

  /// The row of that path.
  package static func named(_ path: String) -> ConfigurationKey? { table.first { $0.path == path } }
}
