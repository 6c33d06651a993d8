internal import PeerModel

/// What a call puts into the places of a template.
struct CommandValues: Sendable {
  /// The arguments that are no files.
  var values: [String: JSONValue]
  /// The paths of the files by argument name, relative to the folder of the run.
  var paths: [String: [String]] = [:]
  /// The absolute path of the folder of the run.
  var folder = ""
  /// The file that a repeated step runs for.
  var each = ""

  /// How often words that stand together appear: never when an argument in them is not given (nil), as often as the
  /// shortest list in them has elements, else once.
  func repetitions(of words: [CommandWord]) -> Int? {
    var lists: [Int] = []
    for piece in words.flatMap(\.pieces) {
      switch piece {
      case .value(let name):
        switch values[name] {
        case nil, .null: return nil
        case .array(let elements): lists.append(elements.count)
        default: continue
        }
      case .file(let name):
        guard let paths = paths[name] else { return nil }
        if paths.count != 1 { lists.append(paths.count) }
      case .literal, .folder, .each: continue
      }
    }
    return lists.min() ?? 1
  }

  /// The text of a piece.
  /// - Parameter index: which element of a list.
  /// - Throws: ``NodeError`` `invalid_arguments` for a value that no program can be given.
  func text(of piece: CommandPiece, _ index: Int) throws(NodeError) -> String {
    switch piece {
    case .literal(let text): return text
    case .folder: return folder
    case .each: return each
    case .file(let name):
      let paths = paths[name] ?? []
      return paths.count == 1 ? paths[0] : paths[index]
    case .value(let name):
      guard case .array(let elements)? = values[name] else { return try text(of: values[name] ?? .null, name) }
      return try text(of: elements[index], "\(name)/\(index)")
    }
  }

  private func text(of value: JSONValue, _ pointer: String) throws(NodeError) -> String {
    let text: String
    switch value {
    case .string(let value): text = value
    case .integer(let value): text = String(value)
    case .number(let value): text = "\(value)"
    case .bool(let value): text = value ? "true" : "false"
    case .null, .array, .object:
      throw NodeError(.invalidArguments, "/\(pointer): a list or object cannot be given to a program")
    }
    guard !text.utf8.contains(0) else {
      throw NodeError(.invalidArguments, "/\(pointer): must not contain a zero byte")
    }
    guard text.utf8.count <= CommandTemplate.maximumWordLength else {
      throw NodeError(.invalidArguments, "/\(pointer): is longer than \(CommandTemplate.maximumWordLength) bytes")
    }
    return text
  }
}
