package import PeerModel

/// The settings of one node: what its configuration file says, with a default for everything that it does not say.
///
/// ``ConfigurationKey/table`` names every setting as the file spells it; parsing, the JSON form and the reference page
/// come from that table.
package struct Configuration: Sendable, Equatable {
  /// The name this node goes by among its peers; a claim, not its identity. Default: ``hostName``.
  package var name: String
  /// Everything about other nodes.
  package var p2p: P2P
  /// What is recorded, and for how long.
  package var audit = Audit()
  /// Who may use the local socket.
  package var local = Local()
  /// Everything about this node's own skills.
  package var skills: Skills
  /// The servers of the Model Context Protocol whose tools are skills here, by the skill's name.
  package var mcpServers: [String: MCPServer] = [:]
  /// The databases that callers may ask.
  package var sql = SQL()
  /// The folders that callers may look into.
  package var fs = Files()
  /// The language model that does tasks.
  package var llm = LLM()

  /// The defaults; nothing is read but the host name.
  package init(name: String = Configuration.hostName, p2p: P2P = P2P(), skills: Skills = Skills()) {
    self.name = name
    self.p2p = p2p
    self.skills = skills
  }

  /// The `skills:` section.
  package struct Skills: Sendable, Equatable {
    /// Absolute paths of folders with manifests of command skills, beside those where they are always looked for.
    package var dirs: [String] = []

    /// The defaults.
    package init() {}
  }

  /// The `llm:` section.
  package struct LLM: Sendable, Equatable {
    /// The base of a chat completions API, such as `http://127.0.0.1:8080/v1`; empty: this node does no tasks.
    package var baseURL = ""
    /// The model to ask for; empty leaves it to the server.
    package var model = ""
    /// The environment variable of the daemon that has the API's key; empty: no key is sent.
    package var keyVariable = ""
    /// How long one answer of the model may take.
    package var timeout = Duration.seconds(120)
  }

  /// The `audit:` section.
  package struct Audit: Sendable, Equatable {
    /// How long an entry of the audit log is kept.
    package var keep = Duration.seconds(90 * 86_400)
  }

  /// The `local:` section.
  package struct Local: Sendable, Equatable {
    /// The Unix group whose members may look through the local socket and change nothing; empty: nobody beside owners.
    package var readers = ""
  }

  /// The `p2p:` section.
  package struct P2P: Sendable, Equatable {
    /// Whether this node talks to other nodes at all. When false, only the local socket is served.
    package var enabled = true
    /// The IP address that the peer listener binds, or `localhost`. Empty or `::`: every address of both families;
    /// `0.0.0.0`: every IPv4 address. Not used when the listening sockets are inherited from systemd.
    package var listenHost = ""
    /// The TCP port of the peer listener; 0 takes any free one. Not used when the sockets are inherited.
    package var listenPort = 8765
    /// Whether this node announces itself over mDNS.
    package var advertiseMDNS = true
    /// Names of network interfaces to announce on and to search beside the suitable ones.
    package var interfaces: [String] = []
    /// Whether a new peer waits for its owner's approval. When false, ``defaultTrust`` is granted on first contact.
    package var requireApproval = true
    /// The level that an approval grants when it names none; one of ``PeerModel/TrustLevel/grantable``.
    package var defaultTrust = TrustLevel.basic
    /// Whether this node searches for peers by itself, from its start on.
    package var autoDiscover = true
    /// How many peers may be approved at the same time.
    package var maxPeers = 20
    /// How long a task may run when its caller sets no limit, and the most that a caller may ask for.
    package var taskTimeout = Duration.seconds(120)
    /// How long a token that was issued to a peer is good for.
    package var tokenLifetime = Duration.seconds(900)
    /// How many requests a second one peer may make; twice as many at once.
    package var peerRate = 1000
    /// TLS between nodes.
    package var tls = TLS()
    /// The skills that peers may use; empty: all of them.
    package var exposeSkills: [String] = []
    /// The skills that peers may not use, even when ``exposeSkills`` has them.
    package var hideSkills: [String] = []
    /// The scopes of context that peers at level trusted may sync.
    package var syncScopes = ContextScope.allCases.map(\.rawValue)

    /// The `p2p.tls:` section.
    package struct TLS: Sendable, Equatable {
      /// Whether a TLS connection to the peer port needs a client certificate.
      package var mutual = MutualTLS.optional
    }

    /// What a TLS connection without client certificate is worth.
    package enum MutualTLS: String, Sendable, CaseIterable {
      /// As much as one with a certificate; its tokens are not bound to any.
      case optional
      /// Nothing: it is refused in the TLS handshake.
      case required
    }

    /// The defaults.
    package init() {}

    /// - Throws: ``NodeError`` `conflict` when this node is to have nothing to do with others.
    func checkEnabled() throws(NodeError) {
      guard enabled else {
        throw NodeError(.conflict, "peer-to-peer is off", hint: "set p2p.enabled to true in the configuration")
      }
    }

    /// Whether these settings let peers see and use the skill: exposed, and not hidden.
    package func exposes(_ skill: String) -> Bool {
      !hideSkills.contains(skill) && (exposeSkills.isEmpty || exposeSkills.contains(skill))
    }
  }
}
