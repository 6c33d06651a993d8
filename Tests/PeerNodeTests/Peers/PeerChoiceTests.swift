import PeerModel
import SeededRandom
import Testing

@testable import PeerNode

/// Which of several peers does a call, and when the next one is asked.
@Suite struct PeerChoiceTests {
  static let id = PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")!

  static func peer(
    _ name: String, _ reach: PeerProspect.Reach = .answers, running: Int? = 0, waiting: Int = 0, places: Int = 4,
    own: Int = 0, ms latency: Double? = 1
  ) -> PeerProspect {
    PeerProspect(
      id: id, name: name, reach: reach,
      load: running.map { SkillLoad(running: $0, waiting: waiting, places: places) }, ownCalls: own, latency: latency)
  }

  static let orders: [(what: String, peers: [PeerProspect], best: String)] = [
    ("an idle one before a busy one", [peer("a", running: 4), peer("b")], "b"),
    ("a half busy one before a full one", [peer("a", running: 4), peer("b", running: 2)], "b"),
    ("one that nobody waits for", [peer("a", running: 4, waiting: 9), peer("b", running: 4)], "b"),
    ("the larger machine", [peer("a", running: 4), peer("b", running: 4, places: 16)], "b"),
    ("the nearer of equals", [peer("a", ms: 80), peer("b", ms: 2)], "b"),
    ("a near full one after a far idle one", [peer("a", running: 4, ms: 1), peer("b", ms: 150)], "b"),
    ("a near one with company before a far idle one", [peer("a", running: 1, ms: 1), peer("b", ms: 300)], "a"),
    (
      "one that answers before one that fails, however busy", [peer("a", .failing), peer("b", running: 400, ms: 4000)],
      "b"
    ),
    ("one that answers before one of which nothing is known", [peer("a", .unknown), peer("b", running: 400)], "b"),
    ("one of which nothing is known before one that fails", [peer("a", .failing), peer("b", .unknown)], "b"),
    ("calls that it has not told of yet count", [peer("a", own: 3), peer("b", running: 1)], "b"),
    ("calls count once", [peer("a", running: 2, own: 2), peer("b", running: 3)], "a"),
    ("one that tells nothing counts as idle and far", [peer("a", running: nil, ms: nil), peer("b", ms: 99)], "b"),
    ("the name decides between equals", [peer("b"), peer("a")], "a"),
    ("crooked numbers do not win", [peer("a", running: -100, places: 0, ms: -5), peer("b", running: 0, ms: 0)], "a"),
  ]

  @Test(arguments: orders) func theBestComesFirst(_ row: (what: String, peers: [PeerProspect], best: String)) {
    #expect(PeerProspect.ordered(row.peers).first?.name == row.best, "\(row.what)")
    #expect(PeerProspect.ordered(row.peers.reversed()).first?.name == row.best, "\(row.what)")
  }

  private static func random(_ random: inout SeededGenerator) -> PeerProspect {
    PeerProspect(
      id: id, name: "p\(Int.random(in: 0...9, using: &random))",
      reach: PeerProspect.Reach.allCases.randomElement(using: &random) ?? .answers,
      load: Bool.random(using: &random)
        ? nil
        : SkillLoad(
          running: Int.random(in: 0...1_000_000, using: &random), waiting: Int.random(in: 0...300, using: &random),
          places: Int.random(in: 0...64, using: &random)), ownCalls: Int.random(in: 0...100, using: &random),
      latency: Bool.random(using: &random) ? nil : Double.random(in: 0...1e9, using: &random))
  }

  @Test(arguments: 0..<300) func moreIsNeverBetter(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let peer = Self.random(&random)
    var worse = peer
    switch Int.random(in: 0...3, using: &random) {
    case 0: worse.load?.running += Int.random(in: 0...10, using: &random)
    case 1: worse.load?.waiting += Int.random(in: 0...10, using: &random)
    case 2: worse.ownCalls += Int.random(in: 0...10, using: &random)
    default: worse.latency = worse.latency.map { $0 + Double.random(in: 0...100, using: &random) }
    }
    #expect(worse.cost >= peer.cost)
    #expect(peer.cost.isFinite && peer.cost >= 0)
    var gone = peer
    gone.reach = .failing
    var other = Self.random(&random)
    other.reach = .answers
    #expect(other.cost < gone.cost, "whoever answers comes before whoever does not")
  }

  @Test(arguments: 0..<100) func theOrderDoesNotDependOnHowTheyWereListed(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let peers = (0..<8).map { _ in Self.random(&random) }
    let costs = PeerProspect.ordered(peers).map(\.cost)
    #expect(costs == costs.sorted())
    #expect(PeerProspect.ordered(peers.shuffled(using: &random)).map(\.cost) == costs)
  }

  // MARK: The next one

  static let refusals: [ErrorCode] = [
    .busy, .rateLimited, .notAllowed, .notApproved, .unauthenticated, .skillNotFound, .skillUnavailable, .toolChanged,
  ]
  static let failures: [ErrorCode] = [
    .timedOut, .peerUnreachable, .remoteFailed, .conflict, .cancelled, .internal, ErrorCode(rawValue: "of_a_newer_rd"),
  ]

  private func fallback(_ code: ErrorCode, _ isUnclear: Bool, _ isAnswered: Bool, readOnly: Bool) -> Fallback {
    Fallback(after: NodeError(code, "m"), isUnclear: isUnclear, isAnswered: isAnswered, readOnly)
  }

  @Test(arguments: refusals) func aRefusalBeforeAnythingRanLeadsToTheNext(_ code: ErrorCode) {
    for answered in [true, false] {
      #expect(fallback(code, false, answered, readOnly: false) == .next)
      // Unless an attempt before it was lost: the refusal says nothing of that one.
      #expect(fallback(code, true, answered, readOnly: false) == .unclear)
      #expect(fallback(code, true, answered, readOnly: true) == .next)
    }
  }

  @Test(arguments: failures) func afterAnAnswerOrALostOneOnlyWhatChangesNothingIsAskedOfTheNext(_ code: ErrorCode) {
    for (unclear, answered) in [(true, false), (false, true), (true, true)] {
      #expect(fallback(code, unclear, answered, readOnly: false) == .unclear)
      #expect(fallback(code, unclear, answered, readOnly: true) == .next)
    }
    #expect(fallback(code, false, false, readOnly: false) == .next, "nothing was sent")
  }

  @Test func whatTheToolSaysAndWhatTheCallerDidWrongIsTheAnswer() {
    for code in [ErrorCode.invalidArguments, .tooLarge, .skillFailed] {
      #expect(fallback(code, false, true, readOnly: false) == .final)
      #expect(fallback(code, false, true, readOnly: true) == .final)
    }
    #expect(fallback(.invalidArguments, true, true, readOnly: false) == .unclear)
  }
}
