import LocalAPI
import PeerModel

/// Using skills, here and on peers; and letting peers use ours.
extension NodeParts {
  var skillOperations: [Operation] {
    [
      Operation(ListSkills.self, .view) { parameters, _ in
        guard let word = parameters.peer else {
          return ListSkills.Result(
            skills: (await skills.all() + [ownSkill]).sorted { $0.name < $1.name }, warnings: skills.library.warnings)
        }
        let id = try registry.resolve(word)
        let offer = try await parameters.refresh ? exchange.refreshOffer(of: id) : exchange.offer(of: id)
        return ListSkills.Result(skills: offer.skills, fetchedAt: offer.fetchedAt)
      },
      Operation(
        CallSkill.self, .ownerOnly,
        withFiles: { parameters, context in
          if parameters.skill == SkillService.ownSkill { return try await ownTool(parameters, context) }
          let answer = try await skills.call(
            parameters, for: .owner, files: context.files, timeout: settings.current.p2p.taskTimeout,
            progress: context.progress)
          return Operation.Result(answer.result.json, files: answer.files)
        }),
      Operation(
        CallRemoteSkill.self, .ownerOnly,
        withFiles: { parameters, context in
          guard let peer = parameters.peer else { return try await callAny(parameters, context) }
          let id = try registry.resolve(peer)
          let limit = settings.current.p2p.taskTimeout
          let timeout = parameters.timeout.map { .milliseconds(Int($0 * 1000)) } ?? limit
          do {
            let answer = try await exchange.call(parameters.call, on: id, files: context.files, timeout: timeout)
            return Operation.Result(answer.result.json, files: answer.files)
          } catch let error as NodeError where error.code == .timedOut {
            registry.note(id) { $0.lastTimeout = CallTimeout(at: Clock.now, limit: timeout.milliseconds / 1000) }
            throw error
          }
        }),
      Operation(FindSkill.self, .view) { parameters, _ in await find(parameters.skill) },
      Operation(PeerListSkills.self, .useSkills, .get("/v1/p2p/skills"), audience: .peers, audit: .look) {
        parameters, _ in
        PeerListSkills.Result(await skills.exposed(), known: parameters.known)
      },
      Operation(
        PeerCallSkill.self, .useSkills, .post("/v1/p2p/skill"), audience: .peers,
        withFiles: { parameters, context in
          let answer = try await skills.serve(parameters, context)
          return Operation.Result(answer.result.json, files: answer.files)
        }),
    ]
  }

  /// The operations named `p2p.…` as a skill, for the owner's agents.
  private var ownSkill: SkillDescription {
    let prefix = "\(SkillService.ownSkill)."
    let tools = operations.filter { $0.name.hasPrefix(prefix) }.map { operation in
      ToolDescription(
        name: String(operation.name.dropFirst(prefix.count)), summary: operation.summary,
        arguments: operation.parameters)
    }
    return SkillDescription(
      name: SkillService.ownSkill, summary: "Find and use other nodes.", tools: tools.sorted { $0.name < $1.name })
  }

  /// The tools of the skill `p2p` are the operations of the same name, for the owner only.
  private func ownTool(
    _ parameters: CallSkill.Parameters, _ context: Operation.Context
  ) async throws -> Operation.Result {
    let name = "\(SkillService.ownSkill).\(parameters.tool)"
    guard let operation = operations.first(where: { $0.name == name && $0.audience == .owner }) else {
      throw NodeError(.skillNotFound, "the skill p2p has no tool \(parameters.tool.prefix(64))", hint: "r skills")
    }
    let started = ContinuousClock.now
    let result = try await operation.perform(parameters.arguments, context)
    let milliseconds = (ContinuousClock.now - started).milliseconds
    let answer = SkillResult(result: result.value, executionMilliseconds: milliseconds, success: true)
    return Operation.Result(answer.json, files: result.files)
  }
}
