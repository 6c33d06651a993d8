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
        return ListSkills.Result(skills: try await exchange.skills(of: try registry.resolve(word)))
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
          let id = try registry.resolve(parameters.peer)
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
      Operation(FindSkill.self, .view) { parameters, _ in try await find(parameters.skill) },
      Operation(PeerListSkills.self, .useSkills, .get("/v1/p2p/skills"), audience: .peers, audit: .look) { _, _ in
        ListSkills.Result(skills: await skills.exposed())
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

  /// Asks the peers that are approved here or have let this node in; the others are answered from what they last told.
  private func find(_ wanted: String) async throws -> FindSkill.Result {
    let parts = wanted.split(separator: ".", maxSplits: 1).map(String.init)
    let peers = registry.all().filter { peer in
      peer.status == .approved || registry.presence(of: peer.id).grantedTrust != nil
    }
    let offers = await withTaskGroup(of: FindSkill.Offer?.self) { group in
      for peer in peers {
        group.addTask {
          guard let skills = try? await exchange.skills(of: peer.id) else {
            let isKnown = parts.count == 1 && peer.skills.contains(wanted)
            return isKnown ? FindSkill.Offer(id: peer.id, name: peer.name, online: false, tools: []) : nil
          }
          let tools = skills.filter { $0.name == parts.first && $0.unavailable == nil }.flatMap { skill in
            skill.tools.filter { $0.unavailable == nil && (parts.count < 2 || $0.name == parts[1]) }.map {
              "\(skill.name).\($0.name)"
            }
          }
          return tools.isEmpty ? nil : FindSkill.Offer(id: peer.id, name: peer.name, online: true, tools: tools)
        }
      }
      var found: [FindSkill.Offer] = []
      for await offer in group { if let offer { found.append(offer) } }
      return found
    }
    let ordered = offers.sorted { left, right in
      (left.online ? 0 : 1, left.name, left.id) < (right.online ? 0 : 1, right.name, right.id)
    }
    return FindSkill.Result(skill: wanted, offers: ordered)
  }
}

/// `GET /v1/p2p/skills`: what this node exposes to the peer that asks.
enum PeerListSkills: Method {
  static let name = "peer.skills"
  static let summary = "List the skills that this node exposes."
  typealias Parameters = NoParameters
  typealias Result = ListSkills.Result
  static let parameters = NoParameters.schema
  static let result = ListSkills.result
}

/// `POST /v1/p2p/skill`: a peer invokes a tool of this node.
enum PeerCallSkill: Method {
  static let name = "peer.skill"
  static let summary = "Receive a skill invocation."

  struct Parameters: JSONConvertible, Hashable {
    /// The same id from the same peer never runs twice.
    var requestID: String?
    var call: CallSkill.Parameters
    /// Seconds that the caller waits.
    var timeout: Double?

    init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      requestID = try fields.optional("request_id")
      call = try CallSkill.Parameters(json: json)
      timeout = try fields.optional("timeout")
    }
    var json: JSONValue {
      var members = call.json.objectValue ?? [:]
      members["request_id"] = requestID?.json
      members["timeout"] = timeout?.json
      return .object(members)
    }
  }
  typealias Result = SkillResult
  static let parameters = Schema.object(
    [
      "request_id": .string("The caller's id; the same never runs twice.", maximumLength: 128).orNull,
      "skill": .string("The skill's name.", maximumLength: 64), "tool": .string("The tool's name.", maximumLength: 64),
      "arguments": .object([:], "Arguments, as the tool's schema has them.", open: true),
      "args": .object([:], "The same under its short name.", open: true),
      "timeout": .number("Seconds that the caller waits.", minimum: 0.1, maximum: 86400).orNull,
    ], required: ["skill", "tool"])
  static let result = SkillResult.schema
}
