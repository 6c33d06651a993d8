import PeerModel
import Synchronization

/// A token bucket for each client, of bounded number: expensive work is limited before it is done.
final class RateLimiter: Sendable {
  struct Rate: Hashable, Sendable {
    /// Requests at once.
    var burst: Double
    /// Requests a second after that.
    var perSecond: Double
  }
  private struct Bucket {
    var tokens: Double
    var at: Int
  }
  private struct State {
    var buckets: [String: Bucket] = [:]
    /// Shared by the clients for which there is no bucket left.
    var overflow: Bucket?
  }
  private let what: String
  private let rate: @Sendable () -> Rate
  private let state = Mutex(State())
  static let maximumBuckets = 4096

  /// - Parameters:
  ///   - what: who asks too often, as the refusal says it.
  ///   - rate: looked up at each request.
  init(_ what: String, rate: @escaping @Sendable () -> Rate) {
    self.what = what
    self.rate = rate
  }

  convenience init(_ what: String, burst: Int, perSecond: Int) {
    let rate = Rate(burst: Double(burst), perSecond: Double(perSecond))
    self.init(what) { rate }
  }

  /// - Parameter now: steady seconds.
  /// - Throws: ``NodeError`` `rate_limited` with the seconds until there is room again.
  func spend(_ key: String, count: Int = 1, now: Int) throws(NodeError) {
    let rate = rate()
    let wait: Int? = state.withLock { state in
      if state.buckets[key] == nil, state.buckets.count >= Self.maximumBuckets {
        // Full buckets say nothing: forgetting them changes no decision.
        state.buckets = state.buckets.filter { Self.tokens($0.value, rate, now) < rate.burst }
        if state.buckets.count >= Self.maximumBuckets {
          // So many clients at one moment are one that has many addresses: together they get what one gets.
          var shared = state.overflow ?? Bucket(tokens: rate.burst, at: now)
          defer { state.overflow = shared }
          return Self.take(Double(count), from: &shared, rate, now)
        }
      }
      return Self.take(
        Double(count), from: &state.buckets[key, default: Bucket(tokens: rate.burst, at: now)], rate, now)
    }
    guard let wait else { return }
    throw NodeError(.rateLimited, "too many requests \(what)", hint: "try again in \(wait) s", retryAfter: wait)
  }

  private static func tokens(_ bucket: Bucket, _ rate: Rate, _ now: Int) -> Double {
    min(rate.burst, bucket.tokens + Double(now - bucket.at) * rate.perSecond)
  }

  /// Nil when there were so many to take, else the seconds until there is.
  private static func take(_ count: Double, from bucket: inout Bucket, _ rate: Rate, _ now: Int) -> Int? {
    bucket = Bucket(tokens: tokens(bucket, rate, now), at: now)
    guard bucket.tokens >= count else { return max(1, Int(((count - bucket.tokens) / rate.perSecond).rounded(.up))) }
    bucket.tokens -= count
    return nil
  }
}
