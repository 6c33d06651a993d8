/// The skills that are part of the daemon.
package enum BuiltInSkills {
  /// All of them.
  /// - Parameters:
  ///   - settings: which databases and folders there are.
  ///   - keptApart: paths of what the daemon keeps for itself.
  package static func all(settings: Settings, keptApart: [String] = []) -> [any Skill] {
    [FilesSkill(settings: settings, keptApart: keptApart), SQLSkill(settings: settings), SystemSkill(), TextSkill()]
  }

  /// Their names, which no manifest may take.
  package static let names: Set<String> = Set(all(settings: Settings(Configuration())).map(\.name))
}
