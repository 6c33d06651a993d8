/// The skills that are part of the daemon.
package enum BuiltInSkills {
  /// All of them.
  package static var all: [any Skill] { [SystemSkill(), TextSkill()] }

  /// Their names, which no manifest may take.
  package static let names: Set<String> = Set(all.map(\.name))
}
