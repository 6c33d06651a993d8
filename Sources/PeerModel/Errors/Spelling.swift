/// Guesses what a mistyped word was meant to be.
package enum Spelling {
  /// The candidate closest to `word`, nil when none is near enough to be a typing mistake.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    let limit = max(1, min(word.utf8.count, 64) / 3)
    let scored = candidates.map { (distance(word, $0), $0) }.filter { $0.0 <= limit }
    return scored.min { $0 < $1 }?.1
  }

  /// Levenshtein distance over UTF-8, of words that are short.
  private static func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8.prefix(64))
    let right = Array(right.utf8.prefix(64))
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let substitution = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
