package import PeerModel

/// The skills that a peer offers this node, as it last told them.
package struct Offer: Hashable, Sendable {
  /// Longest list that is kept of a peer, bytes of JSON.
  package static let maximumSize = 512 << 10
  /// All lists together; above it the one that was fetched first goes.
  package static let maximumTotal = 8 << 20

  /// The peer's mark of this very list; nil where it gives none.
  package var version: String?
  /// Seconds since 1970 when it was fetched, or was last said to be unchanged.
  package var fetchedAt: Int
  package let skills: [SkillDescription]
  /// By skill, then by tool.
  private let digests: [String: [String: ToolDigest]]

  /// Takes what a peer tells. What has no usable name, or one that came before, is left out: what is shown and what is
  /// called under a name must be the same.
  package init(version: String?, fetchedAt: Int, skills told: [SkillDescription]) {
    self.version = version
    self.fetchedAt = fetchedAt
    var names: Set<String> = []
    skills = told.filter { Self.isName($0.name, in: Self.skillName) && names.insert($0.name).inserted }.map { skill in
      var skill = skill
      var names: Set<String> = []
      skill.tools = skill.tools.filter { Self.isName($0.name, in: Self.toolName) && names.insert($0.name).inserted }
      return skill
    }
    digests = Dictionary(
      skills.map { skill in
        (skill.name, Dictionary(skill.tools.map { ($0.name, ToolDigest($0, of: skill.name)) }) { first, _ in first })
      }
    ) { first, _ in first }
  }

  /// The tool's hash; nil where there is none.
  func digest(_ tool: String, of skill: String) -> ToolDigest? { digests[skill]?[tool] }

  /// The tool as it is described; nil where there is none.
  package func tool(_ name: String, of skill: String) -> ToolDescription? {
    skills.first { $0.name == skill }?.tools.first { $0.name == name }
  }

  /// The tools that can be used now and that a word means: `skill` or `skill.tool`.
  package func usableTools(_ word: String) -> [String] {
    let parts = word.split(separator: ".", maxSplits: 1).map(String.init)
    return skills.filter { $0.name == parts.first && $0.unavailable == nil }.flatMap { skill in
      skill.tools.filter { $0.unavailable == nil && (parts.count < 2 || $0.name == parts[1]) }.map {
        "\(skill.name).\($0.name)"
      }
    }
  }

  private static let skillName = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-".utf8)
  /// Names of others' tools may have more, but nothing that a shell would take for more than text.
  private static let toolName = skillName.union("./:+@".utf8)

  private static func isName(_ name: String, in allowed: Set<UInt8>) -> Bool {
    (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(allowed.contains) && !name.hasPrefix("-")
  }
}
