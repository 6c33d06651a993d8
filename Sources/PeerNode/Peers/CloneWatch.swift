import PeerModel
import Synchronization

/// Notices this node's own identity in another place: a copy of the state folder, which must not be used twice.
package final class CloneWatch: Sendable {
  private struct State {
    /// Nonces of the hellos that are under way, and whether this node has received them itself.
    var sent: [[UInt8]: Bool] = [:]
    /// Where a copy was met, and when, steady seconds.
    var places: [String: Int] = [:]
    /// Where mDNS announces the own identity, by the name of the announcement.
    var announced: [String: String] = [:]
  }
  private let state = Mutex(State())

  /// Places that are remembered, and for how long, seconds.
  private static let maximumPlaces = 8
  private static let lifetime = 3600

  /// This node says hello to somebody, who may be itself.
  func sendHello(_ nonce: [UInt8]) { state.withLock { $0.sent[nonce] = false } }

  /// - Returns: whether it was itself.
  func endHello(_ nonce: [UInt8]) -> Bool { state.withLock { $0.sent.removeValue(forKey: nonce) ?? false } }

  /// A hello with this node's own identity, signed with its key, has come.
  func receivedHello(_ nonce: [UInt8], from address: String) {
    state.withLock { state in
      if state.sent[nonce] != nil { state.sent[nonce] = true } else { Self.note(address, &state) }
    }
  }

  /// A copy has answered at an address.
  package func met(at address: PeerAddress) { state.withLock { Self.note(address.description, &$0) } }

  private static func note(_ place: String, _ state: inout State) {
    if state.places[place] == nil, state.places.count >= maximumPlaces,
      let oldest = state.places.min(by: { $0.value < $1.value })?.key
    {
      state.places[oldest] = nil
    }
    state.places[place] = Clock.steady
  }

  /// mDNS announces the own identity at an address that is not this node's; nil when it no longer does.
  func announced(_ name: String, at address: PeerAddress?) {
    state.withLock { state in
      guard let address else { return state.announced[name] = nil }
      if state.announced.count < Self.maximumPlaces { state.announced[name] = address.description }
    }
  }

  /// What the owner should know: each one sentence.
  package var warnings: [String] {
    let (places, announced) = state.withLock { state in
      state.places = state.places.filter { Clock.steady - $0.value < Self.lifetime }
      return (state.places.keys.sorted(), Set(state.announced.values).sorted())
    }
    return places.map { "this node's identity is also used at \($0); \(Self.remedy)" }
      + announced.map { "mDNS announces this node's identity at \($0), which is not this node; \(Self.remedy)" }
  }

  private static let remedy =
    "it is a copy of this state folder: stop rd there and remove identity.key and identity.crt from that folder, "
    + "so that it starts as a new node"
}
