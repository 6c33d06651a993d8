/// Makes one sentence for people of what a program printed on its standard error.
enum Diagnostics {
  /// Bytes of standard error that are kept; the rest is read and dropped.
  static let keptBytes = 64 << 10
  /// Characters of a sentence.
  private static let maximumLength = 300

  /// The line that says most: the first that is no warning, else the first. Without control characters and without
  /// paths, which are this machine's business.
  /// - Returns: nil when nothing was printed.
  static func sentence(from printed: [UInt8]) -> String? {
    let lines = String(decoding: printed, as: UTF8.self).split(whereSeparator: \.isNewline).map(clean)
      .filter { !$0.isEmpty }
    let line = lines.first { !$0.lowercased().contains("warning") } ?? lines.first
    return line.map { String($0.prefix(maximumLength)) }
  }

  private static func clean(_ line: Substring) -> String {
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: line.unicodeScalars.lazy.map { isControl($0) ? " " : $0 })
    let words = String(scalars).split(separator: " ").map(withoutPath)
    var text = words.joined(separator: " ")
    while text.hasSuffix(".") { text.removeLast() }
    return text
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    // Format characters can turn the direction of the text around.
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// The word with an absolute path in it replaced; `I/O` and `and/or` are no paths.
  private static func withoutPath(_ word: Substring) -> String {
    guard let slash = word.firstIndex(of: "/"), !word[..<slash].contains(where: { $0.isLetter || $0.isNumber }) else {
      return String(word)
    }
    let end = word[slash...].firstIndex { "'\"`:,;)>]".contains($0) } ?? word.endIndex
    let name = word[slash..<end] == "/dev/stdin" ? "the input" : "(path)"
    return "\(word[..<slash])\(name)\(word[end...])"
  }
}
