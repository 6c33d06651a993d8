import LocalAPI
import NIOHTTP1
package import PeerModel

/// What peers offer: asked for when it has changed, kept, and held against what was used before.
extension PeerExchange {
  /// Between two refreshes that nobody waits for, seconds, whatever a peer says.
  private static let refreshPause = 5
  package static let listTimeout = Duration.seconds(10)

  /// What a peer offers, as it last told; asked for where it never did.
  /// - Throws: ``NodeError`` of the other node, `peer_unreachable`, `not_approved`, `too_large`.
  package func offer(of id: PeerID) async throws -> Offer {
    if let kept = registry.offer(of: registry.current(id)) { return kept }
    return try await refreshOffer(of: id)
  }

  /// What a peer offers now.
  /// - Parameter limit: for the whole exchange, if less than usual.
  /// - Throws: as ``offer(of:)``.
  @discardableResult
  package func refreshOffer(of id: PeerID, within limit: Duration = listTimeout) async throws -> Offer {
    let limit = min(limit, Self.listTimeout)
    let kept = registry.offer(of: registry.current(id))
    let known = kept?.version.map { "?known=\($0)" } ?? ""
    // Head and body together: a node that begins to answer and stops must hold nobody up.
    let json = try await Deadline.run(
      until: .now + limit, what: "the peer's list of skills", after: limit
    ) {
      let path = Self.listPath + known
      return try await Self.json(
        try await self.request(id, .get, path, timeout: limit), limit: 2 * Offer.maximumSize)
    }
    let answer = try PeerListSkills.Result(json: json)
    let id = registry.current(id)
    guard let skills = answer.skills else {
      guard let kept, answer.version == kept.version else {
        throw NodeError(.remoteFailed, "the peer says that its list of skills is one that this node does not have")
      }
      registry.noteUnchanged(id)
      return kept
    }
    let version = answer.version.flatMap { OfferNote.isVersion($0) ? $0 : nil }
    let offer = Offer(version: version, fetchedAt: Clock.now, skills: skills)
    try await registry.keep(offer, of: id)
    return offer
  }

  /// Takes the remark that came with a peer's answer.
  /// - Parameter isList: the answer is the list, and says itself which one.
  func note(_ remark: OfferNote?, of id: PeerID, isList: Bool = false) {
    guard let remark else { return }
    registry.note(id) { ($0.load, $0.loadToldAt) = (remark.load, Clock.steady) }
    guard !isList, registry.offer(of: id)?.version != remark.version else { return }
    refreshSoon(id)
  }

  /// Asks for a list that has changed, in the background; after a pause where it was asked for a moment ago.
  private func refreshSoon(_ id: PeerID) {
    let now = Clock.steady
    let wait = refreshed[id].map { max(0, Self.refreshPause - (now - $0)) } ?? 0
    // One that waits already will see this change too.
    guard !isClosed, wait <= Self.refreshPause, registry.record(of: id) != nil else { return }
    refreshed = refreshed.filter { now - $0.value < Self.refreshPause }
    refreshed[id] = now + wait
    // Not a child: whoever got the answer with the remark does not wait for it.
    Task {
      try? await Task.sleep(for: .seconds(wait))
      guard !isClosed else { return }
      do { try await refreshOffer(of: id) } catch {
        logger.debug("a peer's list of skills was not told", metadata: ["peer_id": "\(id)", "error": "\(error)"])
      }
    }
  }

  /// Holds a tool against its pin, which its first use makes from what the peer tells then.
  /// - Returns: the pinned hash, which the call carries.
  /// - Throws: ``NodeError`` `skill_not_found`, `tool_changed`, and what asking the peer throws.
  func admit(
    _ call: CallSkill.Parameters, on anyID: PeerID, within limit: Duration, _ trace: CallTrace
  ) async throws -> ToolDigest {
    var id = registry.current(anyID)
    let pinned = try await pins.digest(call.skill, call.tool, of: .peer(id))
    var offer = registry.offer(of: id)
    if pinned == nil || offer?.tool(call.tool, of: call.skill) == nil {
      offer = try await refreshOffer(of: id, within: limit)
      id = registry.current(id)
    }
    guard let tool = offer?.tool(call.tool, of: call.skill) else { throw notOffered(call, by: id, offer) }
    trace.noteTool(isReadOnly: tool.isReadOnly)
    if let pinned, pinned == offer?.digest(call.tool, of: call.skill) { return pinned }
    return try await pins.admit(
      tool, of: call.skill, from: .peer(id), named: shownName(of: id),
      by: AuditNotes.current?.caller.auditName ?? "node")
  }

  private func notOffered(_ call: CallSkill.Parameters, by id: PeerID, _ offer: Offer?) -> NodeError {
    let names = offer?.skills.flatMap { skill in skill.tools.map { "\(skill.name).\($0.name)" } } ?? []
    let near = Spelling.nearest(to: "\(call.skill).\(call.tool)", among: names).map { ", did you mean \($0)?" } ?? ""
    return NodeError(
      .skillNotFound,
      "\(shownName(of: id)) does not offer \(call.skill.prefix(64)).\(call.tool.prefix(64))\(near)",
      hint: "r skills \(id.short)")
  }

  private func shownName(of id: PeerID) -> String { registry.peer(id)?.name ?? id.short }

  /// What the caller is told when the peer's own tool is another than the one that was asked for.
  func toolChanged(_ call: CallSkill.Parameters, on anyID: PeerID) async -> NodeError {
    // So that the difference can be shown, also when the peer is gone by then.
    _ = try? await refreshOffer(of: anyID)
    let id = registry.current(anyID)
    return ToolPins.changed(call.skill, call.tool, .peer(id), named: shownName(of: id))
  }
}
