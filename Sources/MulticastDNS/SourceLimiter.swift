/// A token bucket per source address, so that a flood costs its sender's packets and nobody else's.
struct SourceLimiter: Sendable {
  private struct Bucket {
    var tokens: Double
    var filledAt: Milliseconds
  }
  private var buckets: [IPAddress: Bucket] = [:]
  /// What sources have in common once there are more of them than can be told apart.
  private var overflow = Bucket(tokens: Limits.burstPerSource, filledAt: 0)

  private var prunedAt: Milliseconds = .min / 2

  var sourceCount: Int { buckets.count }

  /// Takes one packet from the source's allowance; false means to drop it unread.
  mutating func allows(_ source: IPAddress, now: Milliseconds) -> Bool {
    if buckets[source] == nil, buckets.count >= Limits.sources, now - prunedAt >= 1000 {
      // Forgets those who have been quiet; not more often, since it looks at all.
      prunedAt = now
      buckets = buckets.filter { Self.refilled($0.value, now: now).tokens < Limits.burstPerSource }
    }
    if buckets[source] == nil, buckets.count >= Limits.sources { return Self.take(from: &overflow, now: now) }
    return Self.take(
      from: &buckets[source, default: Bucket(tokens: Limits.burstPerSource, filledAt: now)], now: now)
  }

  private static func take(from bucket: inout Bucket, now: Milliseconds) -> Bool {
    bucket = refilled(bucket, now: now)
    guard bucket.tokens >= 1 else { return false }
    bucket.tokens -= 1
    return true
  }

  private static func refilled(_ bucket: Bucket, now: Milliseconds) -> Bucket {
    let gained = Double(now - bucket.filledAt) / 1000 * Limits.packetsPerSecondPerSource
    return Bucket(tokens: min(Limits.burstPerSource, bucket.tokens + gained), filledAt: now)
  }
}
