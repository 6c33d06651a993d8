import NIOCore
import PeerModel

/// Who may take how much of the peer port: connections, handshakes, failed attempts, calls. Each limit is counted by
/// client, so that one that asks too much is refused and the others are not.
final class Admission: Sendable {
  private let census: ConnectionCensus
  private let known: KnownAddresses
  /// New connections of a stranger.
  private let connections = RateLimiter("from this address", burst: 128, perSecond: 64)
  /// Handshakes from one address, and of all strangers together: each costs curve arithmetic.
  private let handshakes = RateLimiter("from this address", burst: 60, perSecond: 20)
  private let strangersHandshakes = RateLimiter("from strangers", burst: 200, perSecond: 100)
  /// Requests of a stranger whatever they are, and of all strangers together.
  private let requests = RateLimiter("from this address", burst: 200, perSecond: 50)
  private let strangersRequests = RateLimiter("from strangers", burst: 500, perSecond: 200)
  /// Requests without a good token.
  private let failures = RateLimiter("without a good token from this address", burst: 100, perSecond: 5)
  private let calls: RateLimiter

  /// - Parameters:
  ///   - connections: how many the process can have.
  ///   - settings: has the rate of calls that a peer may make.
  init(connections: Int, registry: Registry, settings: Settings) {
    census = ConnectionCensus(peerPort: connections)
    known = KnownAddresses(registry.provenHosts(), now: Clock.steady)
    calls = RateLimiter("of this peer") {
      let perSecond = Double(settings.current.p2p.peerRate)
      return RateLimiter.Rate(burst: 2 * perSecond, perSecond: perSecond)
    }
  }

  /// Counts a new connection.
  /// - Returns: what to do when it ends; nil for one that is too many.
  func connect(_ address: SocketAddress?) -> (@Sendable () -> Void)? {
    let host = address?.plainHost ?? ""
    let now = Clock.steady
    let kind: ConnectionCensus.Kind =
      address?.isLoopback == true ? .loopback : known.contains(host, now: now) ? .known : .stranger
    let key = kind == .stranger ? AddressGroup.key(of: host) : host
    if kind == .stranger {
      do { try connections.spend(key, now: now) } catch { return nil }
    }
    guard census.enter(key, kind) else { return nil }
    return { [census] in census.leave(key, kind) }
  }

  /// Whether a client may make so many more requests now.
  func mayRequest(_ address: SocketAddress?, count: Int = 1) -> Bool {
    guard address?.isLoopback != true else { return true }
    let host = address?.plainHost ?? ""
    do { try request(from: host, count: count) } catch { return false }
    return true
  }

  /// Before a request is looked at.
  /// - Throws: ``NodeError`` `rate_limited`.
  func request(from host: String, count: Int = 1) throws(NodeError) {
    let now = Clock.steady
    guard !known.contains(host, now: now) else { return try calls.spend(host, count: count, now: now) }
    try requests.spend(AddressGroup.key(of: host), count: count, now: now)
    try strangersRequests.spend("", count: count, now: now)
  }

  /// Before a handshake message is even read.
  /// - Throws: ``NodeError`` `rate_limited`.
  func handshake(from host: String) throws(NodeError) {
    let now = Clock.steady
    guard !known.contains(host, now: now) else { return try handshakes.spend(host, now: now) }
    try handshakes.spend(AddressGroup.key(of: host), now: now)
    try strangersHandshakes.spend("", now: now)
  }

  /// Finds out who calls, within the limits of failures by address and of calls by peer.
  /// - Throws: what `find` throws, or ``NodeError`` `rate_limited`.
  func identify(
    _ context: PeerRequestContext, _ find: () async throws -> Caller
  ) async throws -> Caller {
    let caller: Caller
    do { caller = try await find() } catch let error as NodeError where error.code == .unauthenticated {
      // Only those who fail pay: a peer behind the same address goes on.
      if !context.isLoopback { try failures.spend(AddressGroup.key(of: context.clientHost), now: Clock.steady) }
      throw error
    }
    if case .peer(let id, _) = caller {
      noteProof(from: context.clientHost)
      try calls.spend(id.description, now: Clock.steady)
    }
    return caller
  }

  /// An approved peer has proved itself from there.
  func noteProof(from host: String) { known.note(host, now: Clock.steady) }
}
