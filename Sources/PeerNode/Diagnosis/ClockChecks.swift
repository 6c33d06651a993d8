import LocalAPI
import PeerModel

/// Whether this machine's clock can be right at all.
enum ClockChecks {
  /// Seconds since 1970 before which this software did not exist.
  static let softwareMade = 1_757_894_400

  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - identityMade: the same for the moment when identity.key was written; nil when unknown.
  static func judge(now: Int, identityMade: Int?) -> Finding {
    let details: [String: JSONValue] = ["time": now.json, "identity_made": identityMade?.json ?? .null]
    let cause: String? =
      if now < softwareMade {
        "It is set to a time before this software was made: the hardware clock has lost its time."
      } else if let identityMade, now + 60 < identityMade {
        "It is set to a time before this node's identity was made: it has gone back, or was wrong then."
      } else { nil }
    guard let cause else { return Finding(.nodeClock, Section.node, .ok, "the clock is plausible", details: details) }
    return Finding(
      .nodeClock, Section.node, .fail, "the clock is wrong", cause: cause, command: "date -u", details: details)
  }

  /// How two clocks compare.
  /// - Parameters:
  ///   - offset: seconds that the peer's clock is ahead.
  ///   - lifetime: of a token, seconds.
  static func judge(offset: Double?, lifetime: Int, peer: String, at address: PeerAddress) -> Finding {
    let section = Section.peer(peer)
    guard let offset else {
      return Finding(.peerClock, section, .skip, "\(peer) does not tell its time: it runs an older version")
    }
    let details: [String: JSONValue] = ["offset_seconds": .number((offset * 1000).rounded() / 1000)]
    let distance = abs(offset)
    let direction = offset < 0 ? "behind" : "ahead"
    let text = "the clock of \(peer) is \(SpanText.seconds(distance)) \(direction)"
    guard distance > 30 else {
      return Finding(
        .peerClock, section, .ok, "the clocks agree within \(SpanText.seconds(max(distance, 0.001)))", details: details)
    }
    let isFatal = distance > Double(lifetime)
    return Finding(
      .peerClock, section, isFatal ? .fail : .warn, text,
      cause: isFatal
        ? "That is more than the lifetime of a token (\(lifetime) s): what one side issues is expired, or not valid yet, "
          + "by the other's clock. One of the two clocks is wrong."
        : "Times of requests and in the audit log mislead. One of the two clocks is wrong.",
      command: "date +%s; curl -sk \(ShellText.url(address, "/v1/p2p/info"))", details: details)
  }
}
