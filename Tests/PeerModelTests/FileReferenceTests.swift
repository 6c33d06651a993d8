import PeerModel
import Testing

@Suite struct FileReferenceTests {
  @Test(arguments: [
    "a", "report.pdf", ".bashrc", "...", "..a", "a b", "-rf", "naïve 漢字.txt", "a\\b", "~", "C:",
    String(repeating: "x", count: 255),
  ])
  func aPlainNameIsSafe(_ name: String) throws {
    #expect(FileReference.isSafe(name: name))
    #expect(try FileReference(json: ["name": .string(name), "text": ""]).name == name)
  }

  @Test(arguments: [
    "", ".", "..", "/", "/etc/passwd", "a/b", "../a", "a/", "a\u{0}b", "a\nb", "\u{7F}", "\u{1B}[2J",
    String(repeating: "x", count: 256), String(repeating: "é", count: 128),
  ])
  func aNameThatIsAPathOrUnprintableIsRefused(_ name: String) {
    #expect(!FileReference.isSafe(name: name))
    let error = #expect(throws: NodeError.self) { try FileReference(json: ["name": .string(name), "text": ""]) }
    #expect(error?.code == .invalidArguments)
  }

  @Test(arguments: [
    (FileReference(name: "a.txt", content: .text("é")), #"{"name":"a.txt","text":"é"}"#),
    (FileReference(name: "a", content: .base64("AA==")), #"{"base64":"AA==","name":"a"}"#),
    (
      FileReference(name: "a", content: .stream(2), size: 7, mediaType: "image/png"),
      #"{"$stream":2,"media_type":"image/png","name":"a","size":7}"#
    ),
  ])
  func aReferenceHasOneJSONForm(_ reference: FileReference, _ text: String) throws {
    #expect(reference.json.text == text)
    #expect(try FileReference(json: JSONParser.parse(text)) == reference)
  }

  @Test func aReferenceWithoutANameGetsOne() throws {
    #expect(try FileReference(json: ["text": "x"]).name == "file")
  }

  @Test(
    arguments: [
      ["name": "a"], ["name": "a", "text": "x", "base64": "AA=="], ["name": "a", "text": "x", "$stream": 1],
      ["name": 1, "text": "x"], ["name": "a", "text": 1], ["name": "a", "$stream": "1"],
      ["name": "a", "path": "/etc/passwd"],
      ["name": "a", "text": "x", "size": "1"], [], "a", .null,
    ] as [JSONValue])
  func anythingElseIsNoFile(_ json: JSONValue) {
    let error = #expect(throws: NodeError.self) { try FileReference(json: json) }
    #expect(error?.code == .invalidArguments)
  }
}

@Suite struct SpellingTests {
  @Test(arguments: [
    ("statsu", "status"), ("stauts", "status"), ("peer", "peers"), ("peerss", "peers"), ("aprove", "approve"),
    ("tasks", "task"), ("p2p.list_pears", "p2p.list_peers"), ("x", nil), ("completely", nil), ("", nil),
  ])
  func onlyATypingMistakeIsGuessed(_ word: String, _ expected: String?) {
    let words = ["status", "peers", "approve", "task", "p2p.list_peers"]
    #expect(Spelling.nearest(to: word, among: words) == expected)
  }

  @Test func theNearestWinsAndEqualsAreOrdered() {
    #expect(Spelling.nearest(to: "cat", among: ["cut", "cab", "cats"]) == "cab")
    #expect(Spelling.nearest(to: "status", among: ["statue", "status"]) == "status")
    #expect(Spelling.nearest(to: "a", among: []) == nil)
  }

  @Test func longWordsCostLittle() {
    let long = String(repeating: "ab", count: 100_000)
    #expect(Spelling.nearest(to: long, among: ["status"]) == nil)
  }
}
