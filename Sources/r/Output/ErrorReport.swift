internal import PeerModel

/// A failure as people see it: one sentence, then the commands that lead on.
struct ErrorReport {
  var error: NodeError
  /// The command line that failed, to make commands from.
  var words: [String]

  func print(to output: Output) {
    output.note(error.message, .red)
    if error.code == .ambiguous, !error.candidates.isEmpty {
      for candidate in error.candidates { printCandidate(candidate, to: output) }
    } else if let hint = error.hint {
      output.hint(hint)
    }
  }

  /// What was meant, and the same command with its id. Names are chosen by peers, so none goes into a command.
  private func printCandidate(_ candidate: String, to output: Output) {
    output.note("  " + candidate)
    let id = candidate.split(separator: " ").first.map(String.init) ?? candidate
    guard PeerID(id) != nil, let place = words.lastIndex(where: { !$0.hasPrefix("-") && error.message.contains($0) })
    else { return }
    var line = words
    line[place] = id
    output.hint((["r"] + line.map(Self.quoted)).joined(separator: " "))
  }

  /// The word as a shell takes it.
  static func quoted(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { byte in
      byte >= 0x80 || "@%+=:,./-_".utf8.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
    }
    if plain && !word.isEmpty { return word }
    let pieces = word.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + pieces.joined(separator: "'\\''") + "'"
  }
}
