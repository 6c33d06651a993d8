package import PeerModel

/// The built-in skill `text`: counts, shows and searches text of any size at constant memory.
package struct TextSkill: Skill {
  /// The skill's name.
  package let name = "text"

  /// The skill; it has no settings.
  package init() {}

  /// Bytes of a line that ``search`` takes.
  static let maximumLine = 1 << 20
  /// Bytes that `head` gives.
  static let maximumHead = 1 << 20
  /// Characters of a line that a match shows.
  static let shownCharacters = 1000

  /// What it offers; always available.
  package func description() async -> SkillDescription {
    SkillDescription(name: name, summary: "Count, show and search text.", tools: Self.tools)
  }

  /// Runs a tool.
  /// - Throws: ``NodeError`` `invalid_arguments` when not exactly one of `file` and `text` is given or a pattern is no
  ///   line, `too_large` for a line or a head that is; `CancellationError` when the task is cancelled.
  package func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput {
    let source = try TextSource(arguments)
    switch tool {
    case "word_count": return SkillOutput(value: try await wordCount(source))
    case "head": return SkillOutput(value: try await head(source, lines: arguments.values["lines"]))
    case "search": return SkillOutput(value: try await search(source, arguments.values))
    default: throw NodeError(.skillNotFound, "the skill text has no tool named \(tool)")
    }
  }

  private func wordCount(_ source: TextSource) async throws -> JSONValue {
    var counter = WordCounter()
    try await source.forEachChunk { chunk in
      counter.add(chunk)
      return true
    }
    return counter.json
  }

  private func head(_ source: TextSource, lines: JSONValue?) async throws -> JSONValue {
    let wanted = lines?.integerValue ?? Self.defaultLines
    var missing = wanted
    var bytes: [UInt8] = []
    try await source.forEachChunk { chunk in
      var end = 0
      while end < chunk.count, missing > 0 {
        if chunk[end] == UInt8(ascii: "\n") { missing -= 1 }
        end += 1
      }
      guard bytes.count + end <= Self.maximumHead else {
        throw NodeError(
          .tooLarge, "the first \(wanted) lines are larger than \(Self.maximumHead) bytes", hint: "ask for fewer lines")
      }
      bytes.append(contentsOf: chunk[..<end])
      return missing > 0
    }
    return .string(String(decoding: bytes, as: UTF8.self))
  }

  private func search(_ source: TextSource, _ values: [String: JSONValue]) async throws -> JSONValue {
    let text = values["pattern"]?.stringValue ?? ""
    guard !text.isEmpty else { throw NodeError(.invalidArguments, "/pattern: must not be empty") }
    guard !text.utf8.contains(UInt8(ascii: "\n")) else {
      throw NodeError(.invalidArguments, "/pattern: must be one line")
    }
    let pattern = LiteralPattern(text, ignoreCase: values["ignore_case"] == true)
    let maximum = values["max_matches"]?.integerValue ?? Self.defaultMatches
    var matches: [JSONValue] = []
    try await source.forEachLine(limit: Self.maximumLine) { number, line in
      guard let before = pattern.firstMatch(in: line) else { return true }
      matches.append([
        "line": number.json, "column": (before + 1).json, "text": .string(Self.shown(line, around: before)),
      ])
      return matches.count < maximum
    }
    return .array(matches)
  }

  /// The line without a carriage return at its end; of a long one, the part that begins shortly before the match.
  private static func shown(_ line: UnsafeRawBufferPointer, around match: Int) -> String {
    let line = line.last == UInt8(ascii: "\r") ? line[..<(line.count - 1)] : line[...]
    let scalars = String(decoding: line, as: UTF8.self).unicodeScalars
    guard scalars.count > shownCharacters else { return String(scalars) }
    let skipped = min(max(0, match - shownCharacters / 10), scalars.count - shownCharacters)
    return String(String.UnicodeScalarView(scalars.dropFirst(skipped).prefix(shownCharacters)))
  }
}
