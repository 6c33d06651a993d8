internal import Glibc
package import PeerModel
internal import Subprocess

/// A skill whose tools are runs of installed programs.
package struct CommandSkill: Skill {
  /// The skill's name.
  package let name: String
  private let summary: String
  private let tools: [CommandTool]

  /// - Parameters:
  ///   - name: the skill's name.
  ///   - summary: what it is for.
  ///   - tools: with different names.
  package init(name: String, summary: String, tools: [CommandTool]) {
    self.name = name
    self.summary = summary
    self.tools = tools
  }

  /// What it offers; unavailable while one of its programs is not installed.
  package func description() async -> SkillDescription {
    let missing = tools.lazy.map(\.program).first { $0.locate() == nil }?.missing
    return SkillDescription(
      name: name, summary: summary, tools: tools.map(\.description),
      unavailable: missing.map { error in [error.message, error.hint].compactMap { $0 }.joined(separator: "; ") })
  }

  /// Runs a tool's program.
  /// - Throws: ``NodeError`` `skill_unavailable` when the program is not installed, `skill_failed` with the program's
  ///   own words, `invalid_arguments` for a value that cannot be given to it, `timed_out`, `too_large`, `storage_full`;
  ///   `CancellationError` when the task is cancelled.
  package func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput {
    guard let tool = tools.first(where: { $0.description.name == tool }) else {
      throw NodeError(.skillNotFound, "the skill \(name) has no tool named \(tool)")
    }
    guard let program = tool.program.locate() else { throw tool.program.missing }
    let words = try tool.arguments.render(arguments.values)
    let input = tool.input.flatMap { arguments.files[$0] }
    let writer = try arguments.workspace.makeWriter(
      name: tool.output.fileName(input: input?.name, tool: tool.description.name), mediaType: tool.output.mediaType,
      limit: min(tool.output.limit, tool.limits.outputBytes, arguments.limits.outputBytes))
    let ending = try await arguments.workspace.withFolder { folder in
      let child = ChildProcess(
        program: program, arguments: words, input: input, folder: folder, limits: tool.limits,
        deadline: arguments.deadline)
      return try await child.run(output: writer)
    }
    if let failure = Self.failure(of: ending, tool) { throw failure }
    return try tool.output.result(of: try writer.finish(), limits: arguments.limits)
  }

  /// nil when the program did its work.
  private static func failure(of ending: ChildProcess.Ending, _ tool: CommandTool) -> NodeError? {
    let program = tool.program.name
    switch ending.status {
    case .exited(0):
      return nil
    case .exited(let code):
      let sentence = Diagnostics.sentence(from: ending.diagnostics)
      return NodeError(.skillFailed, "\(program): \(sentence ?? "ended with status \(code)")")
    case .signaled(SIGXCPU):
      return NodeError(.timedOut, "\(program) used more processor time than it is allowed")
    case .signaled(SIGXFSZ):
      return NodeError(.tooLarge, "\(program) wrote a file of more than \(tool.limits.fileBytes) bytes")
    case .signaled(let signal):
      let memory = tool.limits.memoryBytes >> 20
      return NodeError(
        .skillFailed, "\(program) was ended by signal \(signal)", hint: "it may use at most \(memory) MiB of memory")
    }
  }
}
