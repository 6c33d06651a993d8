import PeerModel
import Testing

@testable import PeerNode

/// The remark that comes with every answer to a peer.
@Suite struct OfferNoteTests {
  static let note = OfferNote(version: "0123456789abcdef", load: SkillLoad(running: 1, waiting: 0, places: 4))

  @Test func itIsReadAsItWasWritten() {
    #expect(Self.note.text == #"version="0123456789abcdef", running=1, waiting=0, places=4"#)
    #expect(OfferNote(Self.note.text) == Self.note)
    #expect(OfferNote(#"places=4,waiting=0,running=1,version="0123456789abcdef",later="x""#) == Self.note)
  }

  @Test(arguments: [
    nil, "", "version", "version=ab, running=1, waiting=0, places=4", #"version="ab", running=1, waiting=0"#,
    #"version="", running=1, waiting=0, places=4"#, #"version="A/B", running=1, waiting=0, places=4"#,
    #"version="a&b=c", running=1, waiting=0, places=4"#, #"version="ab", running=-1, waiting=0, places=4"#,
    #"version="ab", running=1e9, waiting=0, places=4"#, #"version="ab", running=1000001, waiting=0, places=4"#,
    #"version="ab", running=99999999999999999999, waiting=0, places=4"#,
    #"version="ab", running=, waiting=0, places=4"#,
    #"version="\#(String(repeating: "a", count: 65))", running=1, waiting=0, places=4"#,
    #"version="ab", running=1, waiting=0, places=4"# + String(repeating: " ", count: 256),
  ])
  func whatIsNoRemarkIsNone(_ text: String?) { #expect(OfferNote(text) == nil) }
}
