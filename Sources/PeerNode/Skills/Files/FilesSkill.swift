internal import Glibc
package import PeerModel

/// The built-in skill `fs`: files in the folders that the owner configured, and nowhere else.
package struct FilesSkill: Skill {
  /// The skill's name.
  package static let skillName = "fs"
  package let name = skillName
  private let settings: Settings
  private let keptApart: [String]

  /// - Parameters:
  ///   - settings: which folders there are, looked at in every call.
  ///   - keptApart: absolute paths that no folder leads to, beside those that the configuration names: the daemon's
  ///     state, its sockets, its configuration.
  package init(settings: Settings, keptApart: [String]) {
    self.settings = settings
    self.keptApart = keptApart
  }

  /// What it offers; not available until a folder is configured.
  package func description() async -> SkillDescription {
    let isConfigured = !settings.current.fs.roots.isEmpty
    return SkillDescription(
      name: name, summary: "List, find, read and write files in the folders that this node's owner named.",
      tools: Self.tools, unavailable: isConfigured ? nil : Self.unconfigured.message + "; add fs.roots")
  }

  static let unconfigured = NodeError(
    .skillUnavailable, "no folder is named in this node's configuration",
    hint: "on the node, in its configuration: fs: {roots: {docs: {path: /srv/docs}}}")

  /// Runs a tool.
  /// - Throws: ``NodeError`` `skill_unavailable` when no folder is configured or one cannot be opened,
  ///   `invalid_arguments` for a root that there is not or a path that leads out of it, `skill_failed` for what is not
  ///   there, `not_allowed` for a change in a folder that is for reading, `too_large`, `storage_full`;
  ///   `CancellationError`.
  package func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput {
    let roots = settings.current.fs.roots
    guard !roots.isEmpty else { throw Self.unconfigured }
    if tool == "roots" { return SkillOutput(value: Self.list(roots)) }
    let root = try open(arguments.values["root"]?.stringValue, of: roots)
    let call = FilesCall(root: root, arguments: arguments)
    switch tool {
    case "list": return try await call.list()
    case "info": return try call.info()
    case "read": return try await call.read()
    case "find": return try await call.find()
    case "write": return try await call.write()
    case "make_folder": return try call.makeFolder()
    case "move": return try call.move()
    case "remove": return try await call.remove()
    default: throw NodeError(.skillNotFound, "the skill fs has no tool named \(tool)")
    }
  }

  private static func list(_ roots: [String: Configuration.Root]) -> JSONValue {
    .array(roots.sorted { $0.key < $1.key }.map { ["root": .string($0.key), "write": .bool($0.value.write)] })
  }

  private func open(_ name: String?, of roots: [String: Configuration.Root]) throws(NodeError) -> RootFolder {
    let names = roots.keys.sorted()
    let name = name ?? (names.count == 1 ? names[0] : "")
    guard let root = roots[name] else {
      let reason = name.isEmpty ? "must be given" : "there is no root named \(name.prefix(64))"
      throw NodeError(.invalidArguments, "/root: \(reason)", hint: "the roots are: \(names.joined(separator: ", "))")
    }
    return try RootFolder(name: name, root: root, kept: KeptApart(keptApart + secrets))
  }

  /// What the configuration names that would let a caller become somebody else.
  private var secrets: [String] {
    let configuration = settings.current
    let databases = configuration.sql.databases.values.flatMap { [$0.passwordFile, $0.pgpass] }
    return configuration.skills.dirs + databases.filter { !$0.isEmpty }
  }
}
