internal import PeerModel

extension ToolReader {
  /// The words after the program.
  mutating func template(_ nodes: ArraySlice<YAMLNode>, at place: String, hasEach: Bool) -> [CommandPart] {
    nodes.compactMap { node in
      switch node.content {
      case .list(let elements): return group(elements, node.line, place, hasEach)
      case .mapping(let members) where members.contains { $0.key == "when" || $0.key == "add" }:
        return when(node, place, hasEach)
      default:
        guard let word = word(node, place, hasEach: hasEach) else { return nil }
        checkLists(in: [word], node.line, place)
        return .words([word])
      }
    }
  }

  private mutating func group(_ elements: [YAMLNode], _ line: Int, _ place: String, _ hasEach: Bool) -> CommandPart? {
    let words = elements.compactMap { word($0, place, hasEach: hasEach) }
    guard words.count == elements.count else { return nil }
    let isOptional = words.flatMap(\.pieces).contains { piece in
      switch piece {
      case .value, .file: true
      case .literal, .folder, .each: false
      }
    }
    if !isOptional {
      reader.fault(
        line, place, "a group of words without an argument in it is always there",
        hint: "write its words without the brackets")
    }
    checkLists(in: words, line, place)
    return .words(words)
  }

  private mutating func when(_ node: YAMLNode, _ place: String, _ hasEach: Bool) -> CommandPart? {
    guard let section = reader.section(node, .when, at: place), let name = reader.text("when", in: section),
      let add = section["add"]
    else { return nil }
    guard let argument = arguments.known[name] else {
      reader.fault(node.line, place, "there is no argument \(name)\(arguments.suggestion(for: name))")
      return nil
    }
    usedArguments.insert(name)
    let value = condition(section["is"], name, argument, node.line, place)
    let nodes = if case .list(let elements) = add.content { elements } else { [add] }
    let words = nodes.compactMap { word($0, place, hasEach: hasEach) }
    checkLists(in: words, node.line, place)
    return .when(name, is: value, words)
  }

  private mutating func condition(
    _ node: YAMLNode?, _ name: String, _ argument: ManifestArguments.Argument, _ line: Int, _ place: String
  ) -> JSONValue {
    guard let node else {
      if argument.schema["type"] != "boolean" {
        reader.fault(
          line, place, "\(name) is not true or false", hint: "say which value it must have: {when: \(name), is: …}")
      }
      return true
    }
    guard case .scalar(let value) = node.content, Schema(shown: argument.schema).firstFault(of: value) == nil else {
      let allowed = argument.schema["enum"]?.arrayValue?.compactMap(\.stringValue) ?? []
      let near = node.text.flatMap { Spelling.nearest(to: $0, among: allowed) }.map { ", did you mean \($0)?" } ?? ""
      reader.fault(node.line, place, "\(name) is never \(node.found)\(near)")
      return .null
    }
    return value
  }

  /// One word with its places; nil when it is none.
  mutating func word(_ node: YAMLNode, _ place: String, hasEach: Bool) -> CommandWord? {
    guard case .scalar(.string(let text)) = node.content else {
      let hint: String? =
        switch node.content {
        case .scalar(.null): "write \"\" for an empty word"
        case .scalar(let value): "put it in quotes: \"\(value.text)\""
        case .mapping(let members): members.first.map { "an argument's place is written <\($0.key)>" }
        case .list: "groups of words stand in the list of run itself"
        }
      reader.mismatch(node, place, expected: "a word", hint: hint)
      return nil
    }
    guard !text.utf8.contains(0) else { return nil }
    guard let pieces = pieces(of: text, node.line, place, hasEach) else { return nil }
    let word = CommandWord(pieces: pieces)
    checkOption(word, text, node.line, place)
    for case .literal(let literal) in pieces { literals.append(literal) }
    return word
  }

  /// A value that follows letters of an option could be read as more of them.
  private mutating func checkOption(_ word: CommandWord, _ text: String, _ line: Int, _ place: String) {
    let hasValue = word.pieces.contains { if case .value = $0 { true } else { false } }
    guard hasValue, word.prefix.hasPrefix("-"), !word.prefix.contains("=") else { return }
    let rest = text.dropFirst(word.prefix.count)
    reader.fault(
      line, place, "\(text): a value right after an option could be read as more options",
      hint: "write two words, [\(word.prefix), \(rest)], or \(word.prefix)=\(rest) where the program takes that")
  }

  private mutating func pieces(of text: String, _ line: Int, _ place: String, _ hasEach: Bool) -> [CommandPiece]? {
    var pieces: [CommandPiece] = []
    var literal = ""
    var rest = text[...]
    func flushed() -> [CommandPiece] { literal.isEmpty ? pieces : pieces + [.literal(literal)] }
    while let character = rest.first {
      guard character == "<" else {
        literal.append(character)
        rest = rest.dropFirst()
        continue
      }
      rest = rest.dropFirst()
      if rest.first == "<" {
        literal.append("<")
        rest = rest.dropFirst()
        continue
      }
      guard let end = rest.firstIndex(of: ">") else {
        reader.fault(line, place, "\(text): < without >", hint: "a plain < is written <<")
        return nil
      }
      guard let piece = piece(String(rest[..<end]), line, place, hasEach, isWhole: text == "<\(rest[..<end])>") else {
        return nil
      }
      pieces = flushed() + [piece]
      literal = ""
      rest = rest[rest.index(after: end)...]
    }
    pieces = flushed()
    return pieces.isEmpty ? [.literal("")] : pieces
  }

  private mutating func piece(
    _ name: String, _ line: Int, _ place: String, _ hasEach: Bool, isWhole: Bool
  ) -> CommandPiece? {
    if name == "folder" { return .folder }
    if name == "each" {
      if !hasEach { reader.fault(line, place, "<each> is there only in a step with for_each") }
      return .each
    }
    guard let argument = arguments.known[name] else {
      let near = arguments.suggestion(for: name)
      reader.fault(
        line, place, "there is no argument for <\(name)>\(near)",
        hint: near.isEmpty ? "declare it under arguments; a plain < is written <<" : nil)
      return nil
    }
    usedArguments.insert(name)
    if argument.isFile { return .file(name) }
    if isWhole, argument.schema["type"] == "boolean" {
      reader.fault(
        line, place, "<\(name)> would be the word true or false", hint: "write {when: \(name), add: [WORD]}")
    }
    return .value(name)
  }

  /// Which of two lists would a group be repeated for?
  mutating func checkLists(in words: [CommandWord], _ line: Int, _ place: String) {
    let names = words.flatMap(\.pieces).compactMap { piece -> String? in
      switch piece {
      case .value(let name), .file(let name): arguments.known[name]?.isList == true ? name : nil
      case .literal, .folder, .each: nil
      }
    }
    if Set(names).count > 1 {
      reader.fault(line, place, "\(names.joined(separator: " and ")) are both lists; words are repeated for one list")
    }
  }
}

extension YAMLNode {
  /// The text of a text.
  var text: String? {
    if case .scalar(.string(let text)) = content { text } else { nil }
  }
}
