internal import PeerModel

/// One piece of a program's argument vector.
package enum CommandWord: Hashable, Sendable {
  /// A fixed word.
  case literal(String)
  /// A word that is there when the argument is true.
  case flag(String, when: String)
  /// Two words, the option's name and the argument's value, when the argument is given.
  case option(String, from: String)
  /// One word, the prefix (as in `--language=`) and the argument's value, when the argument is given.
  case joined(String, from: String)
  /// The argument's value alone, when it is given.
  case operand(from: String)
  /// The path by which the program opens the file that is its standard input.
  case standardInput
}

/// A program's argument vector with places for a call's arguments. No shell ever reads it.
package struct CommandTemplate: Hashable, Sendable, ExpressibleByArrayLiteral {
  /// The pieces, in order.
  package var words: [CommandWord]

  /// A template of these pieces.
  package init(_ words: [CommandWord]) { self.words = words }

  package init(arrayLiteral words: CommandWord...) { self.init(words) }

  /// Bytes of one word; the kernel takes no more than 128 KiB.
  static let maximumWordLength = 64 << 10

  /// The argument vector, without the program itself.
  /// - Throws: ``NodeError`` `invalid_arguments` for a value that the program could take for an option, that contains a
  ///   zero byte, or that is too long.
  func render(_ values: [String: JSONValue]) throws(NodeError) -> [String] {
    var rendered: [String] = []
    for word in words {
      switch word {
      case .literal(let text):
        rendered.append(text)
      case .flag(let text, let name):
        if values[name] == true { rendered.append(text) }
      case .option(let option, let name):
        guard let value = try text(of: name, in: values) else { continue }
        try refuseOption(value, name)
        rendered += [option, value]
      case .joined(let prefix, let name):
        if let value = try text(of: name, in: values) { rendered.append(prefix + value) }
      case .operand(let name):
        guard let value = try text(of: name, in: values) else { continue }
        // After `--` nothing is an option any more.
        if !rendered.contains("--") { try refuseOption(value, name) }
        rendered.append(value)
      case .standardInput:
        rendered.append("/dev/stdin")
      }
    }
    return rendered
  }

  private func text(of name: String, in values: [String: JSONValue]) throws(NodeError) -> String? {
    let text: String
    switch values[name] {
    case nil, .null: return nil
    case .string(let value): text = value
    case .integer(let value): text = String(value)
    case .number(let value): text = "\(value)"
    case .bool(let value): text = value ? "true" : "false"
    case .array, .object: throw NodeError(.invalidArguments, "/\(name): a list or object cannot be given to a program")
    }
    guard !text.utf8.contains(0) else { throw NodeError(.invalidArguments, "/\(name): must not contain a zero byte") }
    guard text.utf8.count <= Self.maximumWordLength else {
      throw NodeError(.invalidArguments, "/\(name): is longer than \(Self.maximumWordLength) bytes")
    }
    return text
  }

  private func refuseOption(_ value: String, _ name: String) throws(NodeError) {
    guard !value.utf8.starts(with: "-".utf8) else {
      throw NodeError(.invalidArguments, "/\(name): must not begin with a hyphen")
    }
  }
}
