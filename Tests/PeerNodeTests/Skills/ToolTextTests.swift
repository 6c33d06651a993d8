import PeerModel
import SeededRandom
import Testing

@testable import PeerNode

/// What has changed about a tool, as it is shown.
@Suite struct ToolTextTests {
  static let table: [(old: [String], new: [String], difference: [String])] = [
    ([], [], []), (["a"], ["a"], []), ([], ["a"], ["@@ -0,0 +1,1 @@", "+a"]), (["a"], [], ["@@ -1,1 +0,0 @@", "-a"]),
    (["a"], ["b"], ["@@ -1,1 +1,1 @@", "-a", "+b"]),
    (["a", "b", "c"], ["a", "x", "c"], ["@@ -1,3 +1,3 @@", " a", "-b", "+x", " c"]),
    (
      ["1", "2", "3", "4", "5"], ["1", "2", "3", "4", "5", "6"],
      ["@@ -3,3 +3,4 @@", " 3", " 4", " 5", "+6"]
    ),
    (
      (1...12).map(String.init), ["0"] + (1...11).map(String.init),
      ["@@ -1,3 +1,4 @@", "+0", " 1", " 2", " 3", "@@ -9,4 +10,3 @@", " 9", " 10", " 11", "-12"]
    ),
    // Two spellings of one character are a difference, and so is a carriage return.
    (["Caf\u{E9}"], ["Cafe\u{301}"], ["@@ -1,1 +1,1 @@", "-Caf\u{E9}", "+Cafe\u{301}"]),
    (["a"], ["a\r"], ["@@ -1,1 +1,1 @@", "-a", "+a\r"]),
  ]

  @Test(arguments: table)
  func differencesAreUnified(_ row: (old: [String], new: [String], difference: [String])) {
    let found = ToolText.difference(row.old, row.new)
    #expect(found.map { Array($0.utf8) } == row.difference.map { Array($0.utf8) }, "\(found)")
  }

  /// What `patch` does with a difference: the lines of the new text.
  private static func apply(_ difference: [String], to old: [String]) throws -> [String] {
    var result: [String] = []
    var place = 0
    for line in difference {
      if line.hasPrefix("@@") {
        let range = try #require(line.split(separator: " ").dropFirst().first).dropFirst().split(separator: ",")
        let (start, count) = try (#require(Int(range[0])), #require(Int(range[1])))
        let begin = count == 0 ? start : start - 1
        result += old[place..<begin]
        place = begin
        continue
      }
      let text = String(line.dropFirst())
      if line.hasPrefix("+") {
        result.append(text)
      } else {
        #expect(old[place] == text)
        if line.hasPrefix(" ") { result.append(text) }
        place += 1
      }
    }
    return result + old[place...]
  }

  @Test(arguments: 0..<200) func aDifferenceLeadsFromOneToTheOther(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 0...40, using: &random)
    let old = (0..<count).map { _ in String(Int.random(in: 0...5, using: &random)) }
    var new = old
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      let place = Int.random(in: 0...new.count, using: &random)
      if Bool.random(using: &random) || place == new.count {
        new.insert("n\(Int.random(in: 0...3, using: &random))", at: place)
      } else {
        new.remove(at: place)
      }
    }
    let difference = ToolText.difference(old, new)
    #expect(difference.isEmpty == (old == new))
    #expect(try Self.apply(difference, to: old) == new)
  }

  @Test func longTextsAreComparedAsAWhole() throws {
    let old = (0..<3000).map { "old \($0)" }
    let new = (0..<3000).map { "new \($0)" }
    let difference = ToolText.difference(old, new)
    #expect(difference.count == 6001)
    #expect(try Self.apply(difference, to: old) == new)
  }

  @Test func aToolIsShownWhole() {
    let tool = ToolDescription(
      name: "send", summary: "Send.\n+ it is harmless", arguments: .object(["to": .string("Who.")]), isReadOnly: true)
    let lines = ToolText.lines(tool, of: "post")
    #expect(lines.prefix(5) == ["tool: post.send", "read only: yes", "description:", "  Send.", "  + it is harmless"])
    // A line of a description cannot pose as one of the difference.
    #expect(ToolText.difference([], lines).dropFirst().allSatisfy { $0.hasPrefix("+") })
  }
}
