import LocalAPI
import PeerModel

/// Which peers can do something, from what they last told: no network is needed.
extension NodeParts {
  /// The peers that are approved here or have let this node in, and offer what a word means: `skill` or `skill.tool`.
  func find(_ word: String) async -> FindSkill.Result {
    let peers = registry.all().filter { peer in
      peer.status == .approved || (registry.offer(of: peer.id) != nil)
    }
    let calls = await exchange.running.mapValues(\.count)
    let offers = peers.compactMap { peer -> (PeerProspect, FindSkill.Offer)? in
      guard let offer = registry.offer(of: peer.id) else { return nil }
      let tools = offer.usableTools(word)
      guard !tools.isEmpty else { return nil }
      let prospect = prospect(peer, ownCalls: calls[peer.id] ?? 0)
      return (
        prospect,
        FindSkill.Offer(
          id: peer.id, name: peer.name, online: peer.online, tools: tools, fetchedAt: offer.fetchedAt,
          load: prospect.load, latencyMilliseconds: prospect.latency)
      )
    }
    let order = PeerProspect.ordered(offers.map(\.0)).map(\.id)
    let byID = Dictionary(offers.map { ($0.0.id, $0.1) }, uniquingKeysWith: { first, _ in first })
    return FindSkill.Result(skill: word, offers: order.compactMap { byID[$0] })
  }

  func prospect(_ peer: Peer, ownCalls: Int) -> PeerProspect {
    let presence = registry.presence(of: peer.id)
    return PeerProspect(
      id: peer.id, name: peer.name, reach: presence.isFailing ? .failing : peer.online ? .answers : .unknown,
      load: presence.load, ownCalls: ownCalls, latency: presence.latencyMilliseconds)
  }

  /// Lets the peers that may use skills know that there are others now: each introduces itself in turn, and learns it.
  func announceSkills(unless version: String) async {
    guard settings.current.p2p.enabled, await skills.exposed().version != version else { return }
    for peer in registry.all()
    where peer.status == .approved && peer.online && peer.trust >= Permission.useSkills.requiredTrust ?? .full {
      discovery.introduceSoon(peer.id, knocks: true)
    }
  }
}
