import PeerModel
import Testing

@testable import PeerNode

/// The property that command skills rest on: whatever a caller gives, a word that a program could take for an option is one
/// that the manifest's author wrote.
@Suite struct TemplateFuzzTests {
  /// A generator that gives the same numbers each time (SplitMix64).
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let shards = [
    "-", "--", "-rf", "--output=/etc/passwd", "@", "@/etc/passwd", "=", "", " ", "\n", "\t", "$(id)", "`id`", "|", ";",
    "&&", ">", "<", "..", "/", "/etc/passwd", "*", "?", "~", "\\", "'", "\"", "\u{202E}", "–", "−", "﹣", "a", "x y",
    "%s",
    "é", "\u{0}", "+", "-\u{301}", "\u{FEFF}-", "0", "1e9",
  ]
  /// How an author may write a word; those that the manifest refuses make no template.
  private static let words = [
    "<a>", "--name=<a>", "-n<a>", "-<a>", "<a>x<b>", "<a><b>", "x<a>", "png:<a>", "--x=<a>,<b>", "<a>-<b>", "<a>-f",
    "<<a>", "-", "--<a>", "--no-<a>=<b>", "=<a>",
  ]

  private static func value(_ random: inout Numbers) -> JSONValue {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: .integer(Int64.random(in: -5...5, using: &random))
    case 1: .number(Double.random(in: -2...2, using: &random))
    case 2: .bool(Bool.random(using: &random))
    case 3: .null
    case 4: .array((0..<Int.random(in: 0...3, using: &random)).map { _ in text(&random) })
    default: text(&random)
    }
  }

  private static func text(_ random: inout Numbers) -> JSONValue {
    let count = Int.random(in: 0...4, using: &random)
    return .string((0..<count).map { _ in shards.randomElement(using: &random) ?? "" }.joined())
  }

  /// The template of a manifest with these words; nil when the manifest is refused.
  private static func template(_ words: [String], grouped: Bool) throws -> CommandTemplate? {
    let quoted = words.map { JSONValue.string($0).text }.joined(separator: ", ")
    let manifest = """
      name: fuzz
      description: Fuzz.
      programs: {printf: coreutils}
      tools:
        run:
          description: Run.
          arguments: {a: {type: string}, b: {type: string}}
          run: [printf, \(grouped ? "[\(quoted)]" : quoted), "-a=<a>", "-b=<b>"]
      """
    return try? SkillManifest.read(text: manifest, file: "fuzz").tools.first?.steps.first?.arguments
  }

  @Test func noValueBecomesAnOption() throws {
    var random = Numbers(state: 4_711)
    var (rendered, refused, forbidden) = (0, 0, 0)
    for _ in 0..<4_000 {
      let chosen = (0..<Int.random(in: 1...3, using: &random)).map { _ in Self.words.randomElement(using: &random) ?? ""
      }
      guard let template = try Self.template(chosen, grouped: Bool.random(using: &random)) else {
        forbidden += 1
        continue
      }
      for _ in 0..<5 {
        let values = CommandValues(values: ["a": Self.value(&random), "b": Self.value(&random)])
        do {
          check(try template.render(values), of: template, values)
          rendered += 1
        } catch {
          #expect(error.code == .invalidArguments)
          refused += 1
        }
      }
    }
    #expect(rendered > 1_000 && refused > 1_000 && forbidden > 100, "the hostile values reach every branch")
  }

  /// An option is there only as its author wrote it: as a fixed word, or with its name up to the equals sign.
  private func check(_ words: [String], of template: CommandTemplate, _ values: CommandValues) {
    let fixed = Set(template.words.map(\.prefix))
    for word in words {
      #expect(!word.utf8.contains(0))
      #expect(!word.hasPrefix("@") || fixed.contains { $0.hasPrefix("@") })
      guard word.utf8.first == UInt8(ascii: "-") else { continue }
      let isFixed = template.words.contains { $0.pieces == [.literal(word)] }
      let hasFixedName = fixed.contains { $0.contains("=") && word.utf8.starts(with: $0.utf8) }
      #expect(isFixed || hasFixedName, "\(word) of \(values.values)")
    }
  }
}
