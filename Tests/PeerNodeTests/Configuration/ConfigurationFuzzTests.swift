import PeerModel
import Testing

@testable import PeerNode

/// Random damage to a good file: it loads, or it is refused with the file's name; nothing else happens.
@Suite struct ConfigurationFuzzTests {
  @Test(arguments: 0..<4 as Range<UInt64>)
  func damagedFilesLoadOrAreRefused(_ seed: UInt64) {
    var random = Lehmer(state: seed + 1)
    let pieces = [
      "\n", " ", "\t", ":", ": ", "- ", "[", "]", "{", "}", "&a ", "*a ", "!", "|", ">", "\"", "'", "#", "? ", "%",
      "---\n", "\0", "é",
    ]
    for _ in 0..<500 {
      var bytes = Array(Configuration.defaultFile.utf8)
      for _ in 0...Int.random(in: 0..<8, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeSubrange(place..<min(bytes.count - 1, place + Int.random(in: 0..<20, using: &random)))
        default: bytes.insert(contentsOf: (pieces.randomElement(using: &random) ?? "").utf8, at: place)
        }
      }
      do { _ = try Configuration.parse(bytes: bytes, file: "c.yaml") } catch {
        #expect(error.code == .configuration)
        #expect(error.message.hasPrefix("c.yaml:"))
      }
    }
  }
}

/// A generator with a seed, so that a failure comes back.
private struct Lehmer: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 33
  }
}
