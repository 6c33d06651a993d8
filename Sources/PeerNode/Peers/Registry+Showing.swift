package import LocalAPI
package import PeerModel

/// How peers are shown and named.
extension Registry {
  /// One peer; nil when it is not known.
  package func peer(_ id: PeerID) -> Peer? { all().first { $0.id == id } }

  /// Every peer, by name then id.
  package func all() -> [Peer] {
    let (records, presence, known) = state.withLock { ($0.records, $0.presence, $0.keyFacts) }
    let names = Self.shownNames(records)
    let now = Clock.now
    return records.map { id, record in
      let here = presence[id] ?? Presence()
      let facts = known[id] ?? deriveFacts(id, record)
      return Peer(
        id: id, name: names[id] ?? record.name, host: record.host, port: record.port, status: record.peerStatus,
        trust: record.trustLevel,
        skills: record.skills.split(separator: ",").map(String.init), capabilities: Software.capabilities,
        lastSeen: [here.lastExchange, record.lastSeen].compactMap { $0 }.max(), online: here.isOnline(now: now),
        version: record.version, fingerprint: facts?.fingerprint, latencyMilliseconds: here.latencyMilliseconds,
        verificationCode: facts?.verificationCode,
        approvedBy: record.approvedBy, grantedTrust: here.grantedTrust)
    }.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
  }

  /// An id stands for one key, so what is derived from it never changes.
  private func deriveFacts(_ id: PeerID, _ record: PeerRecord) -> KeyFacts? {
    guard let key = record.key else { return nil }
    let facts = KeyFacts(
      fingerprint: key.fingerprint, verificationCode: key.verificationCode(with: identity.publicKey))
    state.withLock { $0.keyFacts[id] = facts }
    return facts
  }

  /// Who waits for approval, oldest first.
  package func pending() -> [PendingRequest] {
    let records = state.withLock { $0.records }
    return all().compactMap { peer in
      guard peer.status == .pending, let requestedAt = records[peer.id]?.requestedAt else { return nil }
      return PendingRequest(peer: peer, requestedAt: requestedAt, expiresAt: requestedAt + limits.pendingLifetime)
    }.sorted { ($0.requestedAt, $0.peer.id) < ($1.requestedAt, $1.peer.id) }
  }

  /// The first claimant of a name keeps it, whom the owner approved before all others; later ones get `~2`, `~3`, ….
  private static func shownNames(_ records: [PeerID: PeerRecord]) -> [PeerID: String] {
    var names: [PeerID: String] = [:]
    for (name, claimants) in Dictionary(grouping: records, by: \.value.name) {
      let ordered = claimants.sorted { left, right in
        let leftRank = (left.value.peerStatus == .approved ? 0 : 1, left.value.firstSeen)
        let rightRank = (right.value.peerStatus == .approved ? 0 : 1, right.value.firstSeen)
        return leftRank == rightRank ? left.key < right.key : leftRank < rightRank
      }
      for (index, claimant) in ordered.enumerated() {
        names[claimant.key] = index == 0 ? name : "\(name)\(PeerName.suffixMark)\(index + 1)"
      }
    }
    return names
  }

  /// The peer that a person or a script means: an id, a unique prefix of one (4 letters or more, with or without
  /// `peer-`), or a name as shown.
  /// - Throws: ``NodeError`` `peer_not_found`, or `ambiguous` with the candidates.
  package func resolve(_ word: String) throws(NodeError) -> PeerID {
    let peers = all()
    if let id = PeerID(word).map({ current($0) }) {
      guard peers.contains(where: { $0.id == id }) else { throw notFound(word, peers) }
      return id
    }
    let letters = word.hasPrefix(PeerID.prefix) ? String(word.dropFirst(PeerID.prefix.count)) : word
    let matches = peers.filter { peer in
      peer.name == word || (letters.utf8.count >= 4 && peer.id.letters.hasPrefix(letters))
    }
    guard let match = matches.first else { throw notFound(word, peers) }
    guard matches.count == 1 else {
      throw NodeError(
        .ambiguous, "\(word) may be any of \(matches.count) peers", hint: "use more letters of the id",
        candidates: matches.map { "\($0.id) (\($0.name))" })
    }
    return match.id
  }

  private func notFound(_ word: String, _ peers: [Peer]) -> NodeError {
    if let near = Spelling.nearest(to: word, among: peers.map(\.name)) {
      return NodeError(.peerNotFound, "no peer is called \(word), did you mean \(near)?", hint: "r peers")
    }
    return NodeError(.peerNotFound, "no peer is called \(word)", hint: "r discover")
  }
}
