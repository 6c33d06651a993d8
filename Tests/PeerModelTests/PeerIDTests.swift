import PeerModel
import SeededRandom
import Testing

@Suite struct PeerIDTests {
  /// From Python's base64.b32encode, lower case; the second is of SHA-256("abc").
  @Test(
    arguments: [
      (Array(0..<20), "peer-aaaqeayeaudaocajbifqydiob4ibceqt"),
      (
        [
          0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23, 0xB0, 0x03,
          0x61, 0xA3,
        ],
        "peer-xj4bnp4pahh6uqkbidpf3lrceoyagynd"
      ),
      (Array(repeating: 0xFF, count: 20), "peer-77777777777777777777777777777777"),
      (Array(repeating: 0, count: 20), "peer-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ] as [([UInt8], String)])
  func anIdIsTheBase32OfTheDigest(_ digest: [UInt8], _ text: String) throws {
    let id = try #require(PeerID(digest: digest))
    #expect(id.description == text)
    #expect(PeerID(digest: digest + [1, 2, 3]) == id, "bytes after the twentieth do not count")
    #expect(PeerID(text) == id)
    #expect(id.json == .string(text))
    #expect(try PeerID(json: id.json) == id)
  }

  @Test func aDigestThatIsTooShortGivesNoId() {
    #expect(PeerID(digest: [UInt8](repeating: 0, count: 19)) == nil)
  }

  @Test func theShortFormHasEightLetters() {
    #expect(PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")?.short == "peer-aaaqeaye")
  }

  @Test(arguments: [
    "", "peer-", "aaaqeayeaudaocajbifqydiob4ibceqt", "peer-aaaqeayeaudaocajbifqydiob4ibceq",
    "peer-aaaqeayeaudaocajbifqydiob4ibceqta", "peer-AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT",
    "peer-aaaqeayeaudaocajbifqydiob4ibceq1", "peer-aaaqeayeaudaocajbifqydiob4ibceqé",
    "Peer-aaaqeayeaudaocajbifqydiob4ibceqt",
    "peer-aaaqeaye/udaocajbifqydiob4ibceqt", " peer-aaaqeayeaudaocajbifqydiob4ibceqt",
  ])
  func anythingElseIsNoFullId(_ text: String) {
    #expect(PeerID(text) == nil)
    let error = #expect(throws: NodeError.self) { try PeerID(json: .string(text)) }
    #expect(error?.code == .invalidArguments)
  }

  @Test func idsAreOrderedByTheirLetters() {
    var generator = SeededGenerator(seed: 2)
    let ids = (0..<50).compactMap { _ in
      PeerID(digest: (0..<20).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
    #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    #expect(Set(ids).count == 50)
  }
}

@Suite struct ProtocolVersionTests {
  @Test(arguments: ["1.0", "1.7", "1.999"]) func anotherMinorIsAccepted(_ text: String) throws {
    try ProtocolVersion.current.checkCompatible(with: try #require(ProtocolVersion(text)))
  }

  @Test(arguments: ["0.9", "2.0"]) func anotherMajorIsRefusedWithBothNamed(_ text: String) throws {
    let other = try #require(ProtocolVersion(text))
    let error = #expect(throws: NodeError.self) { try ProtocolVersion.current.checkCompatible(with: other) }
    #expect(error?.code == .unsupportedVersion)
    #expect(error?.message == "this node speaks protocol 1.0, the other one \(text)")
  }

  @Test(arguments: ["", "1", "1.", ".1", "1.0.0", "-1.0", "1.-1", "a.b", "1.00000000000000000", "1. 0", "１.0"])
  func otherTextsAreNoVersion(_ text: String) { #expect(ProtocolVersion(text) == nil) }
}
