import PeerModel

/// A tool's description as lines that can be compared, and what is different between two.
enum ToolText {
  /// Lines around a difference.
  static let context = 3
  /// Products of line counts above which a difference is shown as one whole block.
  private static let maximumWork = 4_000_000

  /// Everything that is pinned of a tool, for people to read.
  static func lines(_ tool: ToolDescription, of skill: String) -> [String] {
    var lines = ["tool: \(skill).\(tool.name)", "read only: \(tool.isReadOnly ? "yes" : "no")", "description:"]
    lines += split(tool.summary).map { "  " + $0 }
    lines.append("arguments:")
    lines += split(tool.arguments.json.indentedText).map { "  " + $0 }
    return lines
  }

  private static func split(_ text: String) -> [String] {
    // By bytes: a carriage return and a line feed are one character.
    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { String(Substring($0)) }
  }

  /// The difference in the unified format: `@@ -1,3 +1,4 @@`, then lines that begin with a blank, `-` or `+`; empty when
  /// there is none.
  static func difference(_ old: [String], _ new: [String]) -> [String] {
    let steps = script(old, new)
    let changes = steps.indices.filter { steps[$0].mark != " " }
    guard let first = changes.first else { return [] }
    var hunks = [first...first]
    for index in changes.dropFirst() {
      if index - hunks[hunks.count - 1].upperBound <= 2 * context {
        hunks[hunks.count - 1] = hunks[hunks.count - 1].lowerBound...index
      } else {
        hunks.append(index...index)
      }
    }
    return hunks.flatMap { hunk in
      let range = max(0, hunk.lowerBound - context)...min(steps.count - 1, hunk.upperBound + context)
      let before = steps[..<range.lowerBound]
      let inside = steps[range]
      let (oldStart, newStart) = (before.count { $0.mark != "+" }, before.count { $0.mark != "-" })
      let (oldCount, newCount) = (inside.count { $0.mark != "+" }, inside.count { $0.mark != "-" })
      return ["@@ -\(span(oldStart, oldCount)) +\(span(newStart, newCount)) @@"] + inside.map { "\($0.mark)\($0.line)" }
    }
  }

  /// An empty range is named by the line before it.
  private static func span(_ start: Int, _ count: Int) -> String { "\(count == 0 ? start : start + 1),\(count)" }

  private typealias Step = (mark: Character, line: String)

  /// The shortest way from one to the other.
  private static func script(_ old: [String], _ new: [String]) -> [Step] {
    // Compared by bytes: two spellings of one character are a difference.
    let isSame = { (left: String, right: String) in left.utf8.elementsEqual(right.utf8) }
    var start = 0
    while start < min(old.count, new.count), isSame(old[start], new[start]) { start += 1 }
    var end = 0
    let most = min(old.count, new.count) - start
    while end < most, isSame(old[old.count - 1 - end], new[new.count - 1 - end]) { end += 1 }
    let (left, right) = (Array(old[start..<(old.count - end)]), Array(new[start..<(new.count - end)]))
    var steps: [Step] = old[..<start].map { (" ", $0) }
    if left.count * right.count > maximumWork {
      steps += left.map { ("-", $0) } + right.map { ("+", $0) }
    } else {
      steps += middle(left, right, isSame)
    }
    return steps + old[(old.count - end)...].map { (" ", $0) }
  }

  /// By the longest common subsequence.
  private static func middle(
    _ left: [String], _ right: [String], _ isSame: (String, String) -> Bool
  ) -> [Step] {
    let width = right.count + 1
    var length = [Int](repeating: 0, count: (left.count + 1) * width)
    for i in left.indices.reversed() {
      for j in right.indices.reversed() {
        length[i * width + j] =
          isSame(left[i], right[j])
          ? length[(i + 1) * width + j + 1] + 1 : max(length[(i + 1) * width + j], length[i * width + j + 1])
      }
    }
    var steps: [Step] = []
    var (i, j) = (0, 0)
    while i < left.count || j < right.count {
      if i < left.count, j < right.count, isSame(left[i], right[j]) {
        steps.append((" ", left[i]))
        (i, j) = (i + 1, j + 1)
      } else if j == right.count || (i < left.count && length[(i + 1) * width + j] >= length[i * width + j + 1]) {
        steps.append(("-", left[i]))
        i += 1
      } else {
        steps.append(("+", right[j]))
        j += 1
      }
    }
    return steps
  }
}
