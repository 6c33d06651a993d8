import PeerModel
import Synchronization

/// A token bucket for each address, of bounded number: expensive work for strangers is limited before it is done.
final class RateLimiter: Sendable {
  private struct Bucket {
    var tokens: Double
    var at: Int
  }
  private let burst: Double
  private let perSecond: Double
  private let buckets = Mutex<[String: Bucket]>([:])
  private static let maximumBuckets = 4096

  /// - Parameters:
  ///   - burst: requests at once.
  ///   - perSecond: requests a second after that.
  init(burst: Int, perSecond: Int) {
    self.burst = Double(burst)
    self.perSecond = Double(perSecond)
  }

  /// - Parameter now: steady seconds.
  /// - Throws: ``NodeError`` `rate_limited`.
  func spend(_ address: String, now: Int) throws(NodeError) {
    let isAllowed = buckets.withLock { buckets in
      // Full buckets say nothing: forgetting them changes no decision.
      if buckets.count >= Self.maximumBuckets {
        buckets = buckets.filter { $0.value.tokens + Double(now - $0.value.at) * perSecond < burst }
        if buckets.count >= Self.maximumBuckets { return false }
      }
      var bucket = buckets[address] ?? Bucket(tokens: burst, at: now)
      bucket.tokens = min(burst, bucket.tokens + Double(now - bucket.at) * perSecond)
      bucket.at = now
      guard bucket.tokens >= 1 else { return false }
      bucket.tokens -= 1
      buckets[address] = bucket
      return true
    }
    guard isAllowed else {
      throw NodeError(.rateLimited, "too many requests from this address", retryAfter: 5)
    }
  }
}
