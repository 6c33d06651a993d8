import PeerModel

/// What is known of a peer that could do a call: the choice among several is a pure function of it.
struct PeerProspect: Hashable, Sendable {
  enum Reach: Hashable, Sendable, CaseIterable {
    /// The last exchange worked, and lately.
    case answers
    /// Nothing was heard of it lately.
    case unknown
    /// The last attempt failed.
    case failing
  }

  var id: PeerID
  var name: String
  var reach: Reach
  /// As the peer last told; nil when it has not.
  var load: SkillLoad?
  /// Calls of this node that run there now, which the peer may not have told of yet.
  var ownCalls = 0
  /// Milliseconds of a round trip; nil when it was not measured.
  var latency: Double?

  /// Places of a peer that did not tell how many it has, and its round trip.
  private static let usualPlaces = 4
  private static let usualLatency = 100.0
  /// Above these it makes no difference.
  private static let worstLatency = 5000.0
  private static let worstOccupancy = 50.0
  /// What a whole machine's work beside the call costs, and a wait for a place there, milliseconds.
  private static let companyCost = 200.0
  private static let waitCost = 1000.0
  /// More than everything else together.
  private static let reachCost: [Reach: Double] = [.answers: 0, .unknown: 100_000, .failing: 200_000]

  /// Calls that run or wait there, as a share of those that may run at one time.
  private var occupancy: Double {
    let places = Double(max(1, load?.places ?? Self.usualPlaces))
    let told = Double(max(0, load?.running ?? 0)) + Double(max(0, load?.waiting ?? 0))
    return min(Self.worstOccupancy, max(told, Double(ownCalls)) / places)
  }

  /// The less the better: about the milliseconds that a call waits before it gets a whole machine's attention.
  var cost: Double {
    let latency = min(Self.worstLatency, max(0, latency ?? Self.usualLatency))
    let company = Self.companyCost * min(1, occupancy)
    let wait = occupancy < 1 ? 0 : Self.waitCost * occupancy
    return latency + company + wait + (Self.reachCost[reach] ?? 0)
  }

  /// The best first; of equals the one whose name, then id, comes first.
  static func ordered(_ prospects: [PeerProspect]) -> [PeerProspect] {
    prospects.sorted { ($0.cost, $0.name, $0.id) < ($1.cost, $1.name, $1.id) }
  }
}
