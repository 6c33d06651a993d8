package import LocalAPI
import Logging
package import PeerModel

/// The skills of this node as its owner and its peers may use them.
package struct SkillService: Sendable {
  /// The skill whose tools are this node's own operations; never exposed.
  package static let ownSkill = "p2p"

  package enum Audience: Sendable {
    case owner
    case peers
  }
  /// A result and the files that it refers to.
  package struct Answer: Sendable {
    package var result: SkillResult
    package var files: FileChunks?
  }

  let library: SkillLibrary
  let workspace: Workspace
  let settings: Settings
  let outcomes: OutcomeLog
  let events: EventHub
  let registry: Registry
  let limits: SkillLimits
  private let version = ExposedVersion()

  package init(
    library: SkillLibrary, workspace: Workspace, settings: Settings, outcomes: OutcomeLog, events: EventHub,
    registry: Registry, limits: SkillLimits
  ) {
    self.library = library
    self.workspace = workspace
    self.settings = settings
    self.outcomes = outcomes
    self.events = events
    self.registry = registry
    self.limits = limits
  }

  /// Refusals before anything ran: the same request may be tried again.
  private static let neverRan: Set<ErrorCode> = [
    .skillNotFound, .skillUnavailable, .toolChanged, .invalidArguments, .invalidRequest, .malformed, .busy,
  ]
  private static let cancelled = NodeError(.cancelled, "the caller went away before the end")

  /// Files are offered to nobody while the owner has named no folder.
  private func isOffered(_ skill: String) -> Bool {
    skill != FilesSkill.skillName || !settings.current.fs.roots.isEmpty
  }

  func isVisible(_ skill: String, to audience: Audience) -> Bool {
    switch audience {
    case .owner: true
    case .peers: skill != Self.ownSkill && settings.current.p2p.exposes(skill) && isOffered(skill)
    }
  }

  package func all() async -> [SkillDescription] { await library.descriptions() }

  /// What peers see now.
  package func exposed() async -> ExposedSkills {
    let exposed = ExposedSkills(await library.descriptions().filter { isVisible($0.name, to: .peers) })
    version.note(exposed.version)
    return exposed
  }

  /// What every answer to a peer that may use skills tells beside itself; at most a second old.
  func offerNote() async -> OfferNote {
    OfferNote(version: await version.current { await exposed() }, load: library.load)
  }

  package func availableNames() async -> [String] { await all().filter { $0.unavailable == nil }.map(\.name) }

  package func has(_ skill: String, tool: String?) async -> Bool {
    await all().contains { $0.name == skill && (tool == nil || $0.tools.contains { $0.name == tool }) }
  }

  /// Runs a tool: files to disk first, then the library's checks and the tool itself. What the tool reports as failed is
  /// an answer; what forbids or prevents the call is thrown.
  /// - Parameter digest: how the caller knows the tool; nil when it does not say.
  package func call(
    _ call: CallSkill.Parameters, for audience: Audience, share: CallShare = .owner, files: FileChunks?,
    timeout: Duration, expecting digest: ToolDigest? = nil,
    progress: @escaping @Sendable (JSONValue) async throws -> Void = { _ in }
  ) async throws -> Answer {
    let started = ContinuousClock.now
    do {
      try await library.check(
        skill: call.skill, tool: call.tool, arguments: call.arguments, until: started + timeout, expecting: digest,
        allowing: { isVisible($0, to: audience) })
      let chunks = ExpectedChunks(files, for: call.arguments, limit: limits.fileBytes)
      let spooled = try await Deadline.run(until: started + timeout, what: "the upload", after: timeout) {
        try await Spooling.collect(
          chunks, names: Spooling.streams(in: call.arguments), workspace: workspace, limit: limits.fileBytes)
      }
      let output = try await library.call(
        skill: call.skill, tool: call.tool, arguments: call.arguments, files: spooled, timeout: timeout,
        share: share, expecting: digest, allowing: { isVisible($0, to: audience) }, progress: progress)
      return Answer(
        result: SkillResult(
          result: output.value, executionMilliseconds: (ContinuousClock.now - started).milliseconds, success: true),
        files: output.files.isEmpty ? nil : SpooledFileChunks(output.files))
    } catch let error as NodeError where error.code == .skillFailed {
      return Answer(
        result: SkillResult(
          result: .null, executionMilliseconds: (ContinuousClock.now - started).milliseconds, success: false,
          error: error.message), files: nil)
    }
  }

  /// Serves a peer's call: at most once for each request id, audited.
  func serve(_ parameters: PeerCallSkill.Parameters, _ context: Operation.Context) async throws -> Answer {
    guard case .peer(let id, _) = context.caller else { throw NodeError(.unauthenticated, "a peer's token is needed") }
    let limit = settings.current.p2p.taskTimeout
    let timeout = min(limit, parameters.timeout.map { .milliseconds(Int($0 * 1000)) } ?? limit)
    let subject = "\(parameters.call.skill).\(parameters.call.tool)"
    let isReadOnly = await library.isReadOnly(parameters.call.skill, parameters.call.tool)
    if let request = parameters.requestID {
      if let earlier = try await outcomes.begin(request, of: id, isReadOnly: isReadOnly) {
        return Answer(result: earlier, files: nil)
      }
    }
    let answer: Answer
    do {
      answer = try await call(
        parameters.call, for: .peers, share: .peer(id), files: context.files, timeout: timeout,
        expecting: parameters.digest)
    } catch {
      let failure = error as? NodeError ?? (error is CancellationError ? Self.cancelled : .internal)
      let entry = AuditEntry(
        caller: context.caller, operation: "skill", subject: subject, request: parameters.requestID,
        outcome: failure.code.rawValue, at: Clock.now)
      if Self.neverRan.contains(failure.code) {
        try await outcomes.abandon(parameters.requestID, of: id, audit: entry)
      } else {
        try await outcomes.finish(
          parameters.requestID, of: id, .failure(failure), isReadOnly: isReadOnly, hasFiles: false, audit: entry)
      }
      throw error
    }
    var result = answer.result
    result.requestID = parameters.requestID
    let entry = AuditEntry(
      caller: context.caller, operation: "skill", subject: subject, request: parameters.requestID,
      outcome: result.success ? "ok" : "skill_failed", at: Clock.now)
    try await outcomes.finish(
      parameters.requestID, of: id, .success(result), isReadOnly: isReadOnly, hasFiles: answer.files != nil,
      audit: entry)
    registry.publish(.skillCalled, id, detail: subject)
    return Answer(result: result, files: answer.files)
  }
}
