/// Tells our own multicast packets, which the kernel hands back, from those of another responder on this host.
///
/// Both have our address and port. Each packet sent comes back once, so each may be claimed once: an identical packet
/// of a second process is then still heard.
struct EchoFilter: Sendable {
  private var sent: [(hash: Int, at: Milliseconds)] = []

  mutating func remember(_ payload: [UInt8], now: Milliseconds) {
    if sent.count >= Limits.echoes { sent.removeFirst(Limits.echoes / 4) }
    sent.append((payload.hashValue, now))
  }

  /// Whether this packet, which came from an address of ours, is the echo of one that we sent.
  mutating func claims(_ payload: [UInt8], now: Milliseconds) -> Bool {
    sent.removeAll { now - $0.at > Limits.echoLife }
    let hash = payload.hashValue
    guard let index = sent.firstIndex(where: { $0.hash == hash }) else { return false }
    sent.remove(at: index)
    return true
  }
}
