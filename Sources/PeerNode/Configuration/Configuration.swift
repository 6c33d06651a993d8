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
  /// Everything about this node's own skills.
  package var skills: Skills

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
    /// Names of the network interfaces to announce on and to search; empty: every suitable one.
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
    /// The skills that peers may use; empty: all of them.
    package var exposeSkills: [String] = []
    /// The skills that peers may not use, even when ``exposeSkills`` has them.
    package var hideSkills: [String] = []

    /// The defaults.
    package init() {}

    /// Whether these settings let peers see and use the skill: exposed, and not hidden.
    package func exposes(_ skill: String) -> Bool {
      !hideSkills.contains(skill) && (exposeSkills.isEmpty || exposeSkills.contains(skill))
    }
  }
}
