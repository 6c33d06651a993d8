package import PeerModel
import Synchronization

/// What happened, for those who watch.
package struct NodeEvent: Hashable, Sendable {
  package enum Kind: String, Sendable {
    case peerDiscovered = "peer_discovered"
    case peerLost = "peer_lost"
    case peerPending = "peer_pending"
    case peerApproved = "peer_approved"
    case peerRejected = "peer_rejected"
    case peerBlocked = "peer_blocked"
    case peerRemoved = "peer_removed"
    case peerOnline = "peer_online"
    case peerOffline = "peer_offline"
    /// The other owner has approved this node.
    case approvedByPeer = "approved_by_peer"
    /// A peer goes on with another key; the detail is its former id.
    case peerRotated = "peer_rotated"
    case skillCalled = "skill_called"
    /// A peer has brought entries of context; the detail is their number.
    case contextReceived = "context_received"
    /// A peer has given a document; the detail is its id here.
    case documentReceived = "document_received"
  }
  package var kind: Kind
  /// Seconds since 1970.
  package var time: Int
  package var peer: Peer
  package var detail: String?

  package init(_ kind: Kind, time: Int, peer: Peer, detail: String? = nil) {
    self.kind = kind
    self.time = time
    self.peer = peer
    self.detail = detail
  }

  package var json: JSONValue {
    .compact(["type": .string(kind.rawValue), "time": time.json, "peer": peer.json, "detail": detail?.json])
  }
}

/// Hands events to whoever watches right now; a watcher that does not keep up loses the oldest.
package final class EventHub: Sendable {
  /// Events that wait for a slow watcher.
  package static let backlog = 256

  private struct State {
    var watchers: [Int: AsyncStream<NodeEvent>.Continuation] = [:]
    var next = 0
  }
  private let state = Mutex(State())

  package init() {}

  /// Whether anybody watches: what makes an event may be spared when nobody does.
  package var hasWatchers: Bool { state.withLock { !$0.watchers.isEmpty } }

  package func publish(_ event: NodeEvent) {
    let watchers = state.withLock { Array($0.watchers.values) }
    for watcher in watchers { watcher.yield(event) }
  }

  /// Events from now on, until the sequence is dropped or its task is cancelled.
  package func subscribe() -> AsyncStream<NodeEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: NodeEvent.self, bufferingPolicy: .bufferingNewest(Self.backlog))
    let number = state.withLock { state in
      state.next += 1
      state.watchers[state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.watchers[number] = nil } }
    return stream
  }
}
