import LocalAPI
import PeerModel

/// Explains verdicts: which rule decides in each direction, and what would change it.
extension NodeParts {
  func explain(_ parameters: ExplainAccess.Parameters) async throws -> ExplainAccess.Result {
    let id = try registry.resolve(parameters.peer)
    let action = try AccessAction(parameters.action)
    return ExplainAccess.Result(here: await here(id, action), there: await there(id, action))
  }

  private func here(_ id: PeerID, _ action: AccessAction) async -> ExplainAccess.Verdict {
    guard let peer = registry.peer(id) else { return .init(allowed: false, rule: "the peer is not known") }
    guard peer.status == .approved else {
      return .init(
        allowed: false, rule: "\(peer.name) is \(peer.status.rawValue) here",
        change: peer.status == .blocked
          ? "r remove \(id.short)" : "r approve \(id.short) --trust \(action.permission.requiredTrust ?? .full)")
    }
    do { try Caller.peer(id, peer.trust).authorize(action.permission) } catch {
      let change = action.permission.requiredTrust.map { "r trust \(id.short) \($0)" }
      return .init(allowed: false, rule: error.message, change: change)
    }
    if let skill = action.skill {
      let p2p = settings.current.p2p
      if skill == SkillService.ownSkill {
        return .init(allowed: false, rule: "the skill p2p is never exposed to peers")
      }
      if p2p.hideSkills.contains(skill) {
        return .init(
          allowed: false, rule: "p2p.hide_skills has \(skill)", change: "remove it there, then: systemctl reload rd")
      }
      guard p2p.exposes(skill) else {
        return .init(
          allowed: false, rule: "p2p.expose_skills does not have \(skill)",
          change: "add it there, then: systemctl reload rd")
      }
      guard await skills.has(skill, tool: action.tool) else {
        return .init(allowed: false, rule: "this node has no \(action.text)")
      }
    }
    return .init(allowed: true, rule: "\(peer.name) has trust level \(peer.trust) here")
  }

  private func there(_ id: PeerID, _ action: AccessAction) async -> ExplainAccess.Verdict {
    guard let peer = registry.peer(id) else { return .init(allowed: false, rule: "the peer is not known") }
    do {
      guard let granted = try await exchange.grantedTrust(by: id) else {
        return .init(allowed: false, rule: "\(peer.name) has not said what it allows")
      }
      do { try Caller.peer(identity.id, granted).authorize(action.permission) } catch {
        let level = action.permission.requiredTrust
        return .init(
          allowed: false, rule: "\(peer.name) gives this node trust level \(granted)",
          change: level.map { "on \(peer.name), run: r trust \(identity.id.short) \($0)" })
      }
      if let skill = action.skill, granted >= .trusted {
        let offered = try await exchange.refreshOffer(of: id).skills.first { $0.name == skill }
        guard let offered, action.tool == nil || offered.tools.contains(where: { $0.name == action.tool }) else {
          return .init(
            allowed: false, rule: "\(peer.name) does not offer \(action.text)", change: "r skills \(id.short)")
        }
      }
      return .init(allowed: true, rule: "\(peer.name) gives this node trust level \(granted)")
    } catch let error as NodeError {
      return .init(allowed: false, rule: error.message, change: error.hint)
    } catch {
      return .init(allowed: false, rule: "\(peer.name) could not be asked")
    }
  }
}

/// What somebody wants to know about: a tool, or a permission by name.
struct AccessAction: Hashable, Sendable {
  var text: String
  var permission: Permission
  var skill: String?
  var tool: String?

  /// - Throws: ``NodeError`` `invalid_arguments` when it is neither.
  init(_ text: String) throws(NodeError) {
    self.text = text
    if let permission = Permission(rawValue: text) {
      self.permission = permission
      return
    }
    let parts = text.split(separator: ".", maxSplits: 1).map(String.init)
    guard let skill = parts.first, !skill.isEmpty else {
      throw NodeError(.invalidArguments, "/action: expected skill.tool or a permission such as run_task")
    }
    permission = .useSkills
    self.skill = skill
    tool = parts.count > 1 ? parts[1] : nil
  }
}
