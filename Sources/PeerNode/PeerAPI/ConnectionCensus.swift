import Synchronization

/// Counts connections, in all and by client, so that nobody can take them all: strangers leave room for peers, and both
/// leave room for this machine itself.
final class ConnectionCensus: Sendable {
  /// How far a client is known before it has said a word. Each kind may use what the ones before it may, and more.
  enum Kind: Int, CaseIterable, Sendable {
    case stranger
    /// From an address where a peer proved itself of late.
    case known
    case loopback
  }
  struct Limit: Hashable, Sendable {
    /// Connections of this kind and those before it.
    var together: Int
    /// Connections of one client.
    var each: Int
  }

  private struct Client: Hashable {
    var key: String
    var kind: Kind
  }
  private struct Counts {
    var byKind = [Int](repeating: 0, count: Kind.allCases.count)
    var byClient: [Client: Int] = [:]
  }
  private let limits: [Limit]
  private let counts = Mutex(Counts())

  private init(limits: [Limit]) { self.limits = limits }

  /// For a door at which everybody is alike.
  convenience init(total: Int) {
    self.init(limits: Kind.allCases.map { _ in Limit(together: total, each: total) })
  }

  /// For the peer port: of `total`, strangers may have five eighths and one of them a quarter; peers two eighths more and
  /// one of them an eighth; what is left is for this machine.
  convenience init(peerPort total: Int) {
    self.init(limits: [
      Limit(together: total * 5 / 8, each: total / 4), Limit(together: total * 7 / 8, each: total / 8),
      Limit(together: total, each: total * 3 / 4),
    ])
  }

  /// Whether another connection of the client may stay; when true, ``leave(_:_:)`` must follow.
  func enter(_ key: String, _ kind: Kind) -> Bool {
    let client = Client(key: key, kind: kind)
    return counts.withLock { counts in
      let isFull = Kind.allCases.contains { other in
        // A kind's own share, and the shares of those after it, which it is part of.
        other.rawValue >= kind.rawValue
          && counts.byKind[...other.rawValue].reduce(0, +) >= limits[other.rawValue].together
      }
      guard !isFull, counts.byClient[client, default: 0] < limits[kind.rawValue].each else { return false }
      counts.byKind[kind.rawValue] += 1
      counts.byClient[client, default: 0] += 1
      return true
    }
  }

  func leave(_ key: String, _ kind: Kind) {
    let client = Client(key: key, kind: kind)
    counts.withLock { counts in
      counts.byKind[kind.rawValue] -= 1
      let left = counts.byClient[client, default: 1] - 1
      counts.byClient[client] = left > 0 ? left : nil
    }
  }
}
