import Synchronization

/// The addresses from which approved peers have proved who they are of late: they keep a share of the listener when
/// strangers flood it, before their token could be read.
final class KnownAddresses: Sendable {
  /// How long an address counts after the last proof, seconds.
  static let lifetime = 24 * 3600
  static let maximum = 1024

  private let proofs: Mutex<[String: Int]>

  /// - Parameters:
  ///   - hosts: where approved peers proved themselves before this start.
  ///   - now: steady seconds.
  init(_ hosts: [String], now: Int) {
    proofs = Mutex(Dictionary(hosts.prefix(Self.maximum).map { ($0, now) }) { first, _ in first })
  }

  /// A peer has just proved itself from there.
  func note(_ host: String, now: Int) {
    proofs.withLock { proofs in
      if proofs[host] == nil, proofs.count >= Self.maximum, let oldest = proofs.min(by: { $0.value < $1.value }) {
        proofs[oldest.key] = nil
      }
      proofs[host] = now
    }
  }

  func contains(_ host: String, now: Int) -> Bool {
    proofs.withLock { $0[host].map { now - $0 <= Self.lifetime } ?? false }
  }
}
