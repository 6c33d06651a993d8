import Synchronization

/// Counts connections, in all and by address, so that nobody can take them all.
final class ConnectionCensus: Sendable {
  private let total: Int
  private let perAddress: Int
  private let counts = Mutex<(total: Int, byAddress: [String: Int])>((0, [:]))

  init(total: Int, perAddress: Int) {
    self.total = total
    self.perAddress = perAddress
  }

  /// Whether another connection from the address may stay; when true, ``leave(_:)`` must follow.
  func enter(_ address: String) -> Bool {
    counts.withLock { counts in
      guard counts.total < total, counts.byAddress[address, default: 0] < perAddress else { return false }
      counts.total += 1
      counts.byAddress[address, default: 0] += 1
      return true
    }
  }

  func leave(_ address: String) {
    counts.withLock { counts in
      counts.total -= 1
      let left = counts.byAddress[address, default: 1] - 1
      counts.byAddress[address] = left > 0 ? left : nil
    }
  }
}
