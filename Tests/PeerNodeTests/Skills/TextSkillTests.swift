import PeerModel
import Testing

@testable import PeerNode

@Suite struct TextSkillTests {
  private func count(_ bench: SkillBench, _ file: SpooledFile) async throws -> [String: Int64] {
    let value = try await bench.call(TextSkill(), "word_count", file: file).value
    return (value.objectValue ?? [:]).compactMapValues(\.integerValue)
  }

  /// What `wc` says of the bytes: lines, words, characters and bytes.
  private func wc(_ bytes: [UInt8]) throws -> [Int64] {
    let octal = bytes.map { "\\0" + String($0, radix: 8) }.joined()
    let output = try printed(by: "printf '%b' '\(octal)' | LC_ALL=C.UTF-8 wc -lwmc")
    return String(decoding: output, as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
  }

  @Test func countsEqualThoseOfWc() async throws {
    let pieces = ["a", "Z", "é", "日", "😀", "-", "1", " ", "  ", "\t", "\n", "\u{0B}", "\u{0C}", "\r", "\r\n"]
    try await SkillBench.run { bench in
      for length in Array(0..<20) + [50, 100, 500, 1000, 3000] {
        let text = (0..<length).map { _ in pieces.randomElement() ?? "" }.joined()
        let counts = try await count(bench, try bench.file(text.utf8))
        let found = ["lines", "words", "characters", "bytes"].map { counts[$0] }
        let expected = try wc(Array(text.utf8))
        #expect(found == expected, "\(Array(text.utf8))")
      }
    }
  }

  @Test func countsOfAnyBytesEqualThePlainDefinition() async throws {
    try await SkillBench.run { bench in
      for length in [0, 1, 7, 8, 9, 2039, 2040, 2041, 30_000] {
        let bytes = (0..<length).map { _ in UInt8.random(in: 0...255) & (Bool.random() ? 0x0F : 0xFF) }
        let blanks: Set<UInt8> = [0x20, 9, 10, 11, 12, 13]
        let words = bytes.split(whereSeparator: blanks.contains).count
        let counts = try await count(bench, try bench.file(bytes))
        #expect(counts["lines"] == Int64(bytes.count { $0 == 10 }))
        #expect(counts["words"] == Int64(words))
        #expect(counts["bytes"] == Int64(length))
        #expect(counts["characters"] == Int64(bytes.count { $0 & 0xC0 != 0x80 }))
      }
    }
  }

  @Test func piecesCountLikeTheWhole() {
    let alphabet: [UInt8] = [0x61, 0x20, 0x0A, 0xC3, 0xA9]
    let bytes = (0..<5000).map { _ in alphabet.randomElement() ?? 0 }
    var whole = WordCounter()
    bytes.withUnsafeBytes { whole.add($0) }
    for size in [1, 3, 8, 13, 2041] {
      var parts = WordCounter()
      for start in stride(from: 0, to: bytes.count, by: size) {
        Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { parts.add($0) }
      }
      #expect(parts.json == whole.json)
    }
  }

  @Test func textWorksLikeAFile() async throws {
    try await SkillBench.run { bench in
      let value = try await bench.call(TextSkill(), "word_count", ["text": "one two\nthree é"]).value
      #expect(value == ["lines": 1, "words": 4, "bytes": 16, "characters": 15])
    }
  }

  @Test(arguments: ["word_count", "head", "search"])
  func exactlyOneOfFileAndTextIsTaken(_ tool: String) async throws {
    let rest: [String: JSONValue] = tool == "search" ? ["pattern": "x"] : [:]
    try await SkillBench.run { bench in
      let none = await nodeError { try await bench.call(TextSkill(), tool, rest) }
      #expect(none == NodeError(.invalidArguments, "/file: missing; give either file or text"))
      let both = await nodeError {
        try await bench.call(
          TextSkill(), tool, rest.merging(["text": "x"]) { $1 }, file: try bench.file("x".utf8))
      }
      #expect(both == NodeError(.invalidArguments, "/text: give either file or text, not both"))
    }
  }

  static let heads: [(String, JSONValue?, String)] = [
    ("", nil, ""), ("a", nil, "a"), ("a\nb\nc\n", 2, "a\nb\n"), ("a\nb", 2, "a\nb"), ("a\nb\n", 2, "a\nb\n"),
    ("\n\n\n", 1, "\n"), ("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n", nil, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"),
    ("a\r\nb\r\n", "1", "a\r\n"),
  ]

  @Test(arguments: heads)
  func headGivesTheFirstLines(_ row: (text: String, lines: JSONValue?, head: String)) async throws {
    try await SkillBench.run { bench in
      var arguments: [String: JSONValue] = ["text": .string(row.text)]
      arguments["lines"] = row.lines
      let head = try await bench.call(TextSkill(), "head", arguments).value
      #expect(head == .string(row.head))
    }
  }

  @Test func headIsBounded() async throws {
    try await SkillBench.run { bench in
      let long = try bench.file([UInt8](repeating: 0x61, count: (1 << 20) + 1))
      #expect(await nodeError { try await bench.call(TextSkill(), "head", file: long) }?.code == .tooLarge)
      let broken = try bench.file([0x61, 0xFF, 0x0A])
      #expect(try await bench.call(TextSkill(), "head", file: broken).value == "a\u{FFFD}\n")
    }
  }

  static let searches: [(String, [String: JSONValue], JSONValue)] = [
    ("one\ntwo\nthree two", ["pattern": "two"], [["two", 2, 1], ["three two", 3, 7]]),
    ("a.b axb", ["pattern": "a.b"], [["a.b axb", 1, 1]]),
    ("éé x", ["pattern": "x"], [["éé x", 1, 4]]),
    ("aab", ["pattern": "ab"], [["aab", 1, 2]]),
    ("Straße", ["pattern": "STRASSE", "ignore_case": true], []),
    ("say HeLLo", ["pattern": "hello", "ignore_case": "true"], [["say HeLLo", 1, 5]]),
    ("say HeLLo", ["pattern": "hello"], []),
    ("der ÄRGER", ["pattern": "ärger", "ignore_case": true], [["der ÄRGER", 1, 5]]),
    ("x\r\ny", ["pattern": "x"], [["x", 1, 1]]),
    ("x\nx\nx", ["pattern": "x", "max_matches": 2], [["x", 1, 1], ["x", 2, 1]]),
    ("", ["pattern": "x"], []), ("\n\n", ["pattern": "x"], []), ("ab", ["pattern": "abc"], []),
    ("ab", ["pattern": "ABC", "ignore_case": true], []),
    ("aaAab", ["pattern": "AAB", "ignore_case": true], [["aaAab", 1, 3]]),
    ("abABabac", ["pattern": "ababac", "ignore_case": true], [["abABabac", 1, 3]]),
    ("ééÉéx", ["pattern": "ÉÉX", "ignore_case": true], [["ééÉéx", 1, 3]]),
    ("ä aBc", ["pattern": "ABC", "ignore_case": true], [["ä aBc", 1, 3]]),
  ]

  @Test(arguments: searches)
  func searchFindsLines(_ row: (text: String, arguments: [String: JSONValue], matches: JSONValue)) async throws {
    let expected = row.matches.arrayValue?.compactMap(\.arrayValue).map {
      ["text": $0[0], "line": $0[1], "column": $0[2]] as JSONValue
    }
    try await SkillBench.run { bench in
      let arguments = row.arguments.merging(["text": .string(row.text)]) { $1 }
      let matches = try await bench.call(TextSkill(), "search", arguments).value.arrayValue
      #expect(matches == expected)
    }
  }

  @Test func searchReadsAcrossChunks() async throws {
    try await SkillBench.run { bench in
      var text = [UInt8](repeating: 0x61, count: SpooledFile.chunkBytes - 3)
      text += Array(" needle\nlast needle".utf8)
      let matches =
        try await bench.call(TextSkill(), "search", ["pattern": "needle"], file: try bench.file(text))
        .value.arrayValue ?? []
      #expect(matches.map { $0["line"] } == [1, 2])
      #expect(matches.first?["column"]?.integerValue == Int64(SpooledFile.chunkBytes - 1))
      #expect(matches.first?["text"]?.stringValue?.hasSuffix(" needle") == true)
      #expect(matches.first?["text"]?.stringValue?.count == TextSkill.shownCharacters)
    }
  }

  @Test func aSearchThatNobodyWaitsForEndsWithinALine() async throws {
    try await SkillBench.run { bench in
      let source = TextSource.text(String(repeating: "x\n", count: SpooledFile.chunkBytes / 2))
      let task = Task {
        var lines = 0
        do {
          try await source.forEachLine(limit: 10) { _, _ in
            lines += 1
            if lines == 1 { withUnsafeCurrentTask { $0?.cancel() } }
            return true
          }
        } catch is CancellationError { return lines }
        return Int.max
      }
      let lines = try await task.value
      #expect(lines < SpooledFile.chunkBytes / 2, "it noticed before the end of the piece")
    }
  }

  @Test(arguments: ["", "a\nb"])
  func patternIsOneLine(_ pattern: String) async throws {
    try await SkillBench.run { bench in
      let error = await nodeError {
        try await bench.call(TextSkill(), "search", ["text": "x", "pattern": .string(pattern)])
      }
      #expect(error?.code == .invalidArguments && error?.message.hasPrefix("/pattern: ") == true)
    }
  }

  @Test func lineWithoutEndIsRefused() async throws {
    try await SkillBench.run { bench in
      let long = try bench.file(Array("first\n".utf8) + [UInt8](repeating: 0x61, count: (1 << 20) + 1))
      let error = await nodeError { try await bench.call(TextSkill(), "search", ["pattern": "b"], file: long) }
      #expect(error == NodeError(.tooLarge, "line 2 is longer than the limit of 1048576 bytes"))
    }
  }
}
