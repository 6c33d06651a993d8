import LocalAPI
import PeerModel

/// What was used of others' tools, what they have changed since, and the owner's word on it.
extension NodeParts {
  var pinOperations: [Operation] {
    [
      Operation(ListPins.self, .view) { parameters, _ in
        let source = try parameters.source.map { word in try self.source(word) }
        var pins: [PinSummary] = []
        for pin in try await exchange.pins.all(of: source) { pins.append(await summary(pin)) }
        return ListPins.Result(pins: pins)
      },
      Operation(CompareTool.self, .view) { parameters, _ in try await compare(parameters) },
      Operation(AcceptTool.self, .administer) { parameters, context in
        try await accept(parameters, by: context.caller)
      },
    ]
  }

  private func source(_ word: String) throws(NodeError) -> PinSource {
    if case .mcp(let name)? = PinSource(word) { return .mcp(name) }
    // Of a peer that was forgotten, nothing is pinned.
    return .peer(try registry.resolve(word))
  }

  private func name(of source: PinSource) -> String {
    switch source {
    case .peer(let id): registry.peer(id)?.name ?? id.short
    case .mcp: source.description
    }
  }

  /// What a source last told; nil where that is not known.
  private func told(_ source: PinSource) async -> [SkillDescription]? {
    switch source {
    case .peer(let id): registry.offer(of: id)?.skills
    case .mcp: await skills.all()
    }
  }

  private static func find(_ tool: String, of skill: String, in skills: [SkillDescription]) -> ToolDescription? {
    skills.first { $0.name == skill }?.tools.first { $0.name == tool }
  }

  private func state(_ pinned: ToolDigest?, _ tool: String, of skill: String, _ source: PinSource) async -> PinState {
    guard let told = await told(source) else { return .unknown }
    guard let offered = Self.find(tool, of: skill, in: told) else { return pinned == nil ? .unknown : .gone }
    guard let pinned else { return .new }
    return pinned == ToolDigest(offered, of: skill) ? .same : .changed
  }

  private func summary(_ pin: ToolPin) async -> PinSummary {
    PinSummary(
      source: pin.source.description, name: name(of: pin.source), skill: pin.skill, tool: pin.tool.name,
      digest: pin.digest.description, pinnedAt: pin.pinnedAt, acceptedBy: pin.acceptedBy,
      state: await state(pin.digest, pin.tool.name, of: pin.skill, pin.source))
  }

  private func compare(_ parameters: ToolParameters) async throws -> CompareTool.Result {
    let source = try source(parameters.source)
    // As new as can be had; a peer that is away is compared by what it last told.
    if case .peer(let id) = source { _ = try? await exchange.refreshOffer(of: id, within: .seconds(3)) }
    let pin = try await exchange.pins.pin(parameters.skill, parameters.tool, of: source)
    let offered = (await told(source)).flatMap { Self.find(parameters.tool, of: parameters.skill, in: $0) }
    guard pin != nil || offered != nil else { throw Self.notFound(parameters, name(of: source), source) }
    let old = pin.map { ToolText.lines($0.tool, of: parameters.skill) } ?? []
    let new = offered.map { ToolText.lines($0, of: parameters.skill) } ?? []
    return CompareTool.Result(
      source: source.description, name: name(of: source),
      state: await state(pin?.digest, parameters.tool, of: parameters.skill, source),
      pinned: pin?.digest.description, offered: offered.map { ToolDigest($0, of: parameters.skill).description },
      pinnedAt: pin?.pinnedAt, difference: ToolText.difference(old, new))
  }

  private func accept(_ parameters: AcceptTool.Parameters, by caller: Caller) async throws -> PinSummary {
    let (skill, tool) = (parameters.tool.skill, parameters.tool.tool)
    let source = try source(parameters.tool.source)
    guard let offered = (await told(source)).flatMap({ Self.find(tool, of: skill, in: $0) }) else {
      throw Self.notFound(parameters.tool, name(of: source), source)
    }
    let digest = ToolDigest(offered, of: skill)
    guard digest.description == parameters.digest else {
      throw NodeError(
        .conflict, "\(name(of: source)) describes \(skill).\(tool) otherwise by now than what was looked at",
        hint: "r skills diff \(source.word) \(skill).\(tool)")
    }
    let pin = ToolPin(
      source: source, skill: skill, tool: offered, digest: digest, pinnedAt: Clock.now, acceptedBy: caller.auditName)
    try await exchange.pins.accept(pin, by: caller)
    return await summary(pin)
  }

  private static func notFound(_ parameters: ToolParameters, _ name: String, _ source: PinSource) -> NodeError {
    var hint = "r skills"
    if case .peer(let id) = source { hint += " \(id.short)" }
    return NodeError(
      .skillNotFound, "\(name) does not offer \(parameters.skill).\(parameters.tool)", hint: hint)
  }
}
