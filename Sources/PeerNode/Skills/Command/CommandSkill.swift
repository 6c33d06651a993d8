package import PeerModel

/// A skill whose tools are runs of installed programs.
package struct CommandSkill: Skill {
  /// The skill's name.
  package let name: String
  private let summary: String
  /// With different names.
  package let tools: [CommandTool]

  /// - Parameters:
  ///   - name: the skill's name.
  ///   - summary: what it is for.
  ///   - tools: with different names.
  package init(name: String, summary: String, tools: [CommandTool]) {
    self.name = name
    self.summary = summary
    self.tools = tools
  }

  /// What it offers. A tool is unavailable while one of its programs is not installed; the skill is when all tools are.
  package func description() async -> SkillDescription {
    let descriptions = tools.map { tool in
      var description = tool.description
      description.unavailable = Self.missing(tool).map { error in
        [error.message, error.hint].compactMap { $0 }.joined(separator: "; ")
      }
      return description
    }
    let isUsable = descriptions.contains { $0.unavailable == nil }
    return SkillDescription(
      name: name, summary: summary, tools: descriptions,
      unavailable: isUsable ? nil : descriptions.lazy.compactMap(\.unavailable).first)
  }

  private static func missing(_ tool: CommandTool) -> NodeError? {
    tool.programs.first { $0.locate() == nil }?.missing
  }

  /// Runs a tool's programs.
  /// - Throws: ``NodeError`` `skill_unavailable` when a program is not installed, `skill_failed` with the program's own
  ///   words, `invalid_arguments` for a value that cannot be given to it, `timed_out`, `too_large`, `storage_full`;
  ///   `CancellationError` when the task is cancelled.
  package func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput {
    guard let tool = tools.first(where: { $0.description.name == tool }) else {
      throw NodeError(.skillNotFound, "the skill \(name) has no tool named \(tool)")
    }
    if let missing = Self.missing(tool) { throw missing }
    return try await CommandRun(name: "\(name).\(tool.description.name)", tool: tool, arguments: arguments).run()
  }
}
