package import PeerModel

/// The built-in skill `system`: what this machine is and has, to choose the right one for a job.
package struct SystemSkill: Skill {
  /// The skill's name.
  package let name = "system"

  /// The skill; it has no settings.
  package init() {}

  private static let none = Schema.object([:])
  private static let tools: [(description: ToolDescription, facts: @Sendable () -> JSONValue)] = [
    (
      ToolDescription(
        name: "facts", summary: "Tell the operating system, processors, memory and disks of this machine.",
        arguments: none, isReadOnly: true), { MachineFacts.all }
    ),
    (
      ToolDescription(
        name: "cpu", summary: "Tell the number and kind of processors, and the load.", arguments: none,
        isReadOnly: true), { MachineFacts.processors }
    ),
    (
      ToolDescription(
        name: "memory", summary: "Tell how much memory there is and is free, in bytes.", arguments: none,
        isReadOnly: true), { MachineFacts.memory }
    ),
    (
      ToolDescription(
        name: "disks", summary: "List the file systems with their size and free space in bytes.", arguments: none,
        isReadOnly: true), { MachineFacts.disks }
    ),
  ]

  /// What it offers; always available.
  package func description() async -> SkillDescription {
    SkillDescription(
      name: name, summary: "Tell what this machine is and has.", tools: Self.tools.map(\.description))
  }

  /// Looks.
  /// - Throws: ``NodeError`` `skill_not_found`.
  package func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput {
    guard let tool = Self.tools.first(where: { $0.description.name == tool }) else {
      throw NodeError(.skillNotFound, "the skill system has no tool named \(tool)")
    }
    return SkillOutput(value: tool.facts())
  }
}
