package import PeerModel
internal import Synchronization

/// All skills of this node, and the one way to call them.
package final class SkillLibrary: Sendable {
  private let builtIn: [String: any Skill]
  private let commands = Mutex<(skills: [String: any Skill], warnings: [String])>(([:], []))
  private let servers = Mutex<(skills: [String: any Skill], warnings: [String])>(([:], []))
  private let workspace: Workspace
  private let limits: SkillLimits
  private let limiter: CallLimiter
  private let report: @Sendable (any Error, _ skill: String, _ tool: String) -> Void

  /// - Parameters:
  ///   - skills: with different names; of two with one name the first counts.
  ///   - workspace: where files of arguments and results are kept while a call runs.
  ///   - limits: what calls may use.
  ///   - report: is told what went wrong unexpectedly, for the log; the caller of the skill learns only that it failed.
  package init(
    skills: [any Skill], workspace: Workspace, limits: SkillLimits = SkillLimits(),
    report: @escaping @Sendable (any Error, _ skill: String, _ tool: String) -> Void = { _, _, _ in }
  ) {
    builtIn = Dictionary(skills.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.workspace = workspace
    self.limits = limits
    limiter = CallLimiter(running: limits.concurrentCalls, waiting: limits.waitingCalls)
    self.report = report
  }

  private var skills: [String: any Skill] { servers.withLock(\.skills).merging(withoutServers) { $1 } }
  private var withoutServers: [String: any Skill] { commands.withLock(\.skills).merging(builtIn) { $1 } }

  /// What kept manifests and MCP servers from being used, each a sentence.
  package var warnings: [String] { commands.withLock(\.warnings) + servers.withLock(\.warnings) }

  /// Names that no MCP server can have: those of built-in and of command skills.
  package var namesWithoutServers: Set<String> { Set(withoutServers.keys) }

  /// Puts the skills of MCP servers in the place of those that are there. Calls that run go on.
  package func replaceServers(with skills: [any Skill], warnings: [String]) {
    let skills = Dictionary(skills.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    servers.withLock { $0 = (skills, warnings) }
  }

  /// Puts command skills in the place of those that are there. Calls that run go on.
  package func replaceCommands(with skills: [CommandSkill], warnings: [String]) {
    let skills = Dictionary(skills.map { ($0.name, $0 as any Skill) }, uniquingKeysWith: { first, _ in first })
    commands.withLock { $0 = (skills, warnings) }
  }

  /// How many calls run and wait.
  package var load: SkillLoad { limiter.load }

  /// What this node can do, by name.
  package func descriptions() async -> [SkillDescription] {
    var descriptions: [SkillDescription] = []
    for (_, skill) in skills.sorted(by: { $0.key < $1.key }) { descriptions.append(await skill.description()) }
    return descriptions
  }

  /// Invokes a tool.
  /// - Parameters:
  ///   - arguments: an object; strings stand for numbers and truth values where the schema wants those.
  ///   - files: the streams that came with the arguments, by number.
  ///   - timeout: for waiting and running together.
  ///   - share: on whose account the call runs.
  ///   - digest: what the caller takes the tool for; nil when it does not say.
  ///   - allowing: whether the caller may see a skill of that name; one it may not see does not exist for it.
  ///   - progress: is told how far the work is.
  /// - Throws: ``NodeError`` `skill_not_found`, `tool_changed`, `skill_unavailable`, `invalid_arguments` with a JSON pointer,
  ///   `busy`, `timed_out`, `too_large`, `storage_full`, `skill_failed`; `CancellationError` when the task is cancelled.
  package func call(
    skill name: String, tool: String, arguments: JSONValue, files: [Int: SpooledFile] = [:], timeout: Duration,
    share: CallShare = .owner, expecting digest: ToolDigest? = nil,
    allowing: @Sendable (String) -> Bool = { _ in true },
    progress: @escaping @Sendable (JSONValue) async throws -> Void = { _ in }
  ) async throws -> SkillOutput {
    let skill = try find(name, allowing: allowing)
    do {
      return try await call(
        skill, tool, arguments, files: files, share: share, timeout: min(timeout, Self.longestTimeout),
        expecting: digest, progress: progress)
    } catch let error as NodeError {
      if error.code == .internal { report(error, name, tool) }
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      report(error, name, tool)
      throw NodeError(.skillFailed, "\(name).\(tool) failed unexpectedly; the node's log has the details")
    }
  }

  /// The clock cannot count to any number of seconds that somebody may write.
  private static let longestTimeout = Duration.seconds(30 * 24 * 3600)

  private func call(
    _ skill: any Skill, _ tool: String, _ arguments: JSONValue, files: [Int: SpooledFile], share: CallShare,
    timeout: Duration, expecting digest: ToolDigest?,
    progress: @escaping @Sendable (JSONValue) async throws -> Void
  ) async throws -> SkillOutput {
    let deadline = ContinuousClock.now + timeout
    await skill.settle(until: deadline)
    let schema = try Self.find(tool, in: await skill.description(), expecting: digest).arguments
    let values = ArgumentCoercion.coerce(arguments, to: schema)
    try schema.validate(values)
    let resolved = try FileArguments(schema: schema, workspace: workspace, limit: limits.fileBytes)
      .resolve(values, streams: files)
    let input = SkillArguments(
      values: resolved.values, files: resolved.files, fileLists: resolved.fileLists, deadline: deadline,
      workspace: workspace, limits: limits, progress: progress)
    let what = "\(skill.name).\(tool)"
    let output = try await Deadline.run(until: deadline, what: what, after: timeout) { [limiter] in
      try await limiter.run(for: share) { try await skill.call(tool, input) }
    }
    try check(output, of: what)
    return output
  }

  /// Whether a call would be let through to its tool, before its files are taken in.
  /// - Throws: as ``call(skill:tool:arguments:files:timeout:share:expecting:allowing:)`` does before anything runs.
  package func check(
    skill name: String, tool: String, arguments: JSONValue, until deadline: ContinuousClock.Instant,
    expecting digest: ToolDigest? = nil, allowing: @Sendable (String) -> Bool
  ) async throws {
    let skill = try find(name, allowing: allowing)
    await skill.settle(until: deadline)
    let schema = try Self.find(tool, in: await skill.description(), expecting: digest).arguments
    try schema.validate(ArgumentCoercion.coerce(arguments, to: schema))
  }

  /// Whether the tool is known and changes nothing.
  package func isReadOnly(_ skill: String, _ tool: String) async -> Bool {
    await skills[skill]?.description().tools.first { $0.name == tool }?.isReadOnly ?? false
  }

  private func find(_ name: String, allowing: (String) -> Bool) throws(NodeError) -> any Skill {
    if let skill = skills[name], allowing(name) { return skill }
    let near = Spelling.nearest(to: name, among: skills.keys.filter(allowing).sorted())
    throw NodeError(
      .skillNotFound, "there is no skill named \(name.prefix(64))",
      hint: near.map { "did you mean \($0)?" } ?? "list the skills: r skills")
  }

  private static func find(
    _ tool: String, in skill: SkillDescription, expecting digest: ToolDigest?
  ) throws(NodeError) -> ToolDescription {
    if let found = skill.tools.first(where: { $0.name == tool }) {
      // Of the very description that goes with what runs.
      guard let digest, digest != ToolDigest(found, of: skill.name) else { return found }
      throw NodeError(
        .toolChanged, "\(skill.name).\(tool) is not described here as the caller knows it; nothing was called",
        hint: "ask for the list of skills again")
    }
    if let reason = skill.unavailable, skill.tools.isEmpty {
      throw NodeError(.skillUnavailable, "\(skill.name) cannot be used now: \(reason)", hint: "r skills")
    }
    let names = skill.tools.map(\.name).sorted()
    let near = Spelling.nearest(to: tool, among: names)
    throw NodeError(
      .skillNotFound, "the skill \(skill.name) has no tool named \(tool.prefix(64))",
      hint: near.map { "did you mean \($0)?" } ?? "it has \(names.joined(separator: ", "))")
  }

  private func check(_ output: SkillOutput, of what: String) throws(NodeError) {
    let size = output.files.reduce(0) { $0 + $1.size }
    guard size <= limits.outputBytes else {
      throw NodeError(.tooLarge, "\(what) made files of \(size) bytes, the limit is \(limits.outputBytes)")
    }
    guard output.value.bytes.count <= limits.resultBytes else {
      throw NodeError(.tooLarge, "the result of \(what) is larger than the limit of \(limits.resultBytes) bytes")
    }
  }
}
