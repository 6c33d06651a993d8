import PeerModel

/// When each peer is asked next whether it is there: a pure state machine, outcomes and time in, whose turn it is out.
///
/// Who answers is left alone for minutes; who does not, or has not decided about this node yet, is asked again after ever
/// longer pauses. All times are steady seconds.
struct LivenessSchedule: Sendable {
  /// What the last attempt showed.
  enum Standing: Hashable, Sendable {
    case reachable
    /// It is there, and its owner has not decided about this node.
    case waiting
    case failing
  }

  private struct Entry {
    var standing: Standing
    /// Attempts in a row with this outcome.
    var repeats = 0
    var due: Int
    var asked: Int
    /// Something promises news: it is asked when it is due, whatever is heard of it until then.
    var isHurried = false
  }

  /// Between two looks at a peer that answers.
  static let calm = 300
  /// The first pause after an attempt in vain; each one doubles.
  static let firstPause = 5
  /// The longest pause, for a peer that waits and for one that fails.
  static let longestPauses = [Standing.waiting: 300, .failing: 600]
  /// Between two attempts, whoever hurries.
  static let shortestPause = 5

  private var entries: [PeerID: Entry] = [:]

  /// When somebody's turn comes next; nil when nobody's does.
  var next: Int? { entries.values.map(\.due).min() }

  /// An attempt, or any other exchange, had this outcome.
  /// - Parameter jitter: 0 to 1, at random, so that many nodes do not ask at the same moment.
  mutating func note(_ id: PeerID, _ standing: Standing, now: Int, jitter: Double) {
    let before = entries[id]
    let repeats = before?.standing == standing ? (before?.repeats ?? 0) + 1 : 0
    let pause = Self.pause(standing, after: repeats)
    let spread = Int((Double(pause) * (0.8 + 0.4 * jitter)).rounded())
    let due = now + max(1, spread)
    let isHurried = before?.isHurried ?? false
    entries[id] = Entry(
      standing: standing, repeats: repeats, due: isHurried ? min(due, before?.due ?? due) : due, asked: now,
      isHurried: isHurried)
  }

  /// Somebody to be asked for the first time, in a moment.
  mutating func add(_ id: PeerID, now: Int, jitter: Double) {
    guard entries[id] == nil else { return }
    entries[id] = Entry(
      standing: .failing, due: now + Int(Double(Self.firstPause) * jitter), asked: now - Self.shortestPause)
  }

  /// Something happened that makes another attempt promising.
  mutating func hurry(_ id: PeerID, now: Int) {
    guard var entry = entries[id] else { return }
    entry.due = min(entry.due, max(now, entry.asked + Self.shortestPause))
    entry.isHurried = true
    entries[id] = entry
  }

  /// This machine is in another place: who could not be reached may be now, and the others learn where it is.
  mutating func hurryAll(now: Int) {
    for id in entries.keys { hurry(id, now: now) }
  }

  mutating func forget(_ id: PeerID) { entries[id] = nil }

  /// Whose turn it is; each is asked once and comes again when its outcome is noted, or after its pause.
  mutating func takeDue(now: Int) -> [PeerID] {
    let due = entries.filter { $0.value.due <= now }.keys.sorted()
    for id in due {
      guard var entry = entries[id] else { continue }
      entry.asked = now
      entry.isHurried = false
      entry.due = now + Self.pause(entry.standing, after: entry.repeats)
      entries[id] = entry
    }
    return due
  }

  private static func pause(_ standing: Standing, after repeats: Int) -> Int {
    guard let longest = longestPauses[standing] else { return calm }
    return min(longest, firstPause << min(repeats, 10))
  }
}
