package import PeerModel

/// One piece of a word.
package enum CommandPiece: Hashable, Sendable {
  /// Fixed text.
  case literal(String)
  /// An argument's value.
  case value(String)
  /// The path of an argument's file in the folder of the run; it never begins with a hyphen.
  case file(String)
  /// The absolute path of the folder of the run.
  case folder
  /// The path of the file that a repeated step runs for.
  case each
}

/// One word of an argument vector, made of its pieces.
package struct CommandWord: Hashable, Sendable {
  /// The pieces, in order.
  package var pieces: [CommandPiece]

  /// A word of these pieces.
  package init(_ pieces: CommandPiece...) { self.pieces = pieces }
  /// A word of these pieces.
  package init(pieces: [CommandPiece]) { self.pieces = pieces }

  /// The fixed text at its beginning.
  var prefix: String {
    if case .literal(let text)? = pieces.first { text } else { "" }
  }
}

/// Words of an argument vector that stand and fall together.
package enum CommandPart: Hashable, Sendable {
  /// They are there when every argument in them is given, and once for each element of an argument that is a list.
  case words([CommandWord])
  /// They are there when the argument has that value.
  case when(String, is: JSONValue, [CommandWord])
}

/// A program's argument vector with places for a call's arguments. No shell ever reads it, and nothing that a caller
/// gives can become an option of the program.
package struct CommandTemplate: Hashable, Sendable {
  /// The parts, in order.
  package var parts: [CommandPart]

  /// A template of these parts.
  package init(_ parts: [CommandPart]) { self.parts = parts }

  /// Bytes of one word; the kernel takes no more than 128 KiB.
  static let maximumWordLength = 64 << 10
  /// Bytes of all words; the kernel takes no more than a quarter of the stack's limit, 2 MiB by default.
  static let maximumLength = 1 << 20

  /// The argument vector, without the program itself.
  /// - Throws: ``NodeError`` `invalid_arguments` for a value that the program could take for an option, that contains a
  ///   zero byte, or that is too long.
  func render(_ values: CommandValues) throws(NodeError) -> [String] {
    var rendered: [String] = []
    for part in parts {
      switch part {
      case .words(let words):
        guard let count = values.repetitions(of: words) else { continue }
        for index in 0..<count { try append(words, values, index, to: &rendered) }
      case .when(let name, let value, let words):
        guard values.values[name] == value, let count = values.repetitions(of: words) else { continue }
        for index in 0..<count { try append(words, values, index, to: &rendered) }
      }
    }
    guard rendered.reduce(0, { $0 + $1.utf8.count + 1 }) <= Self.maximumLength else {
      throw NodeError(.invalidArguments, "/: the arguments are longer than \(Self.maximumLength) bytes together")
    }
    return rendered
  }

  private func append(
    _ words: [CommandWord], _ values: CommandValues, _ index: Int, to rendered: inout [String]
  ) throws(NodeError) {
    for word in words {
      var text = ""
      for piece in word.pieces { text += try values.text(of: piece, index) }
      if case .value(let name)? = word.pieces.first {
        try Self.refuseOption(text, name, afterEnd: rendered.contains("--"))
      }
      rendered.append(text)
    }
  }

  /// After `--` nothing is an option any more. Many programs read options from a file that a word beginning with `@`
  /// names, wherever it stands.
  private static func refuseOption(_ text: String, _ name: String, afterEnd: Bool) throws(NodeError) {
    guard afterEnd || text.utf8.first != UInt8(ascii: "-") else {
      throw NodeError(.invalidArguments, "/\(name): must not begin with a hyphen")
    }
    guard text.utf8.first != UInt8(ascii: "@") else {
      throw NodeError(.invalidArguments, "/\(name): must not begin with an at sign")
    }
  }
}

extension CommandTemplate {
  /// All words, those of parts included.
  var words: [CommandWord] {
    parts.flatMap { part in
      switch part {
      case .words(let words), .when(_, is: _, let words): words
      }
    }
  }
}
