import PeerModel

/// What an answer tells a peer beside itself, in the header `RD-Skills`: which list of skills it has before it, so that a
/// change is seen without asking for it, and how busy the node is. A dictionary of RFC 9651:
/// `version="0123456789abcdef", running=1, waiting=0, places=4`.
struct OfferNote: Hashable, Sendable {
  static let header = "RD-Skills"
  private static let maximumLength = 256
  private static let maximumCount = 1_000_000

  var version: String
  var load: SkillLoad

  init(version: String, load: SkillLoad) {
    self.version = version
    self.load = load
  }

  var text: String {
    "version=\"\(version)\", running=\(load.running), waiting=\(load.waiting), places=\(load.places)"
  }

  /// Nil for what is no such note: it is a remark, and nobody relies on it.
  init?(_ text: String?) {
    guard let text, text.utf8.count <= Self.maximumLength else { return nil }
    var members: [Substring: Substring] = [:]
    for member in text.split(separator: ",") {
      let parts = member.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      members[parts[0]] = parts[1]
    }
    func count(_ key: Substring) -> Int? {
      guard let digits = members[key], digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(digits),
        count <= Self.maximumCount
      else { return nil }
      return count
    }
    guard let quoted = members["version"], quoted.utf8.count >= 2, quoted.first == "\"", quoted.last == "\"",
      let running = count("running"), let waiting = count("waiting"), let places = count("places")
    else { return nil }
    version = String(quoted.dropFirst().dropLast())
    guard Self.isVersion(version) else { return nil }
    load = SkillLoad(running: running, waiting: waiting, places: places)
  }

  /// Letters and digits, so that it may stand in a query.
  static func isVersion(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
  }
}
