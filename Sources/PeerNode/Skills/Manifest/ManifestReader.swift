internal import PeerModel

/// Reads one manifest and remembers everything that is wrong with it.
struct ManifestReader {
  private(set) var faults: [ConfigurationFault] = []

  /// A part of a manifest whose keys are known.
  struct Section {
    let kind: ManifestKey.Section
    /// As errors call it; empty at the top.
    let path: String
    let line: Int
    fileprivate var members: [String: YAMLNode] = [:]
    /// Keys that an unknown one was probably meant to be: that they are missing is the same mistake.
    fileprivate(set) var misspelled: Set<String> = []

    /// The value of a key; nil when it is missing or has nothing after it.
    subscript(key: String) -> YAMLNode? { members[key] }

    /// The path of a key in it.
    func place(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
  }

  mutating func fault(_ line: Int, _ place: String, _ what: String, hint: String? = nil) {
    faults.append(ConfigurationFault(line: line, place.isEmpty ? what : "\(place): \(what)", hint: hint))
  }

  mutating func take(_ fault: ConfigurationFault) { faults.append(fault) }

  mutating func mismatch(_ node: YAMLNode, _ place: String, expected: String, hint: String? = nil) {
    fault(node.line, place, "expected \(expected), got \(node.found)", hint: hint)
  }

  /// The members of a mapping whose keys are names of the author's choice, without those that have nothing after them.
  mutating func mapping(_ node: YAMLNode, at place: String, expected: String) -> [(
    key: String, line: Int, value: YAMLNode
  )] {
    guard case .mapping(let members) = node.content else {
      mismatch(node, place, expected: expected)
      return []
    }
    return members
  }

  /// A part with known keys; unknown ones and those that are missing are faults.
  mutating func section(_ node: YAMLNode, _ kind: ManifestKey.Section, at path: String) -> Section? {
    guard case .mapping(let members) = node.content else {
      mismatch(
        node, path, expected: path.isEmpty ? "keys with their values, such as name: pdf" : "keys with their values")
      return nil
    }
    var section = Section(kind: kind, path: path, line: node.line)
    let keys = ManifestKey.keys(in: kind)
    for member in members {
      guard keys.contains(where: { $0.name == member.key }) else {
        let guess = ManifestKey.suggestion(for: member.key, in: kind)
        section.misspelled.formUnion(keys.map(\.name).filter { guess == ", did you mean \($0)?" })
        fault(
          member.line, section.place(of: ConfigurationFault.shown(member.key)), "unknown key\(guess)",
          hint: guess.isEmpty ? "the keys here are: \(keys.map(\.name).joined(separator: ", "))" : nil)
        continue
      }
      if !member.value.isNull { section.members[member.key] = member.value }
    }
    for key in keys
    where key.isRequired && section[key.name] == nil && !section.misspelled.contains(key.name) {
      fault(node.line, section.place(of: key.name), "missing; it takes \(key.takes)")
    }
    return section
  }

  /// What the key takes, for the end of "expected".
  private func expectation(_ key: String, _ section: Section) -> String {
    ManifestKey.keys(in: section.kind).first { $0.name == key }?.takes ?? "a value"
  }

  /// The text of a key; nil when it is missing or wrong.
  mutating func text(_ key: String, in section: Section) -> String? {
    guard let node = section[key] else { return nil }
    return text(node, section.place(of: key), expected: expectation(key, section))
  }

  /// A text; nil when it is none.
  mutating func text(_ node: YAMLNode, _ place: String, expected: String) -> String? {
    if case .scalar(.string(let text)) = node.content { return text }
    let hint: String? =
      if case .scalar(let value) = node.content, value != .null { "put it in quotes: \"\(value.text)\"" } else { nil }
    mismatch(node, place, expected: expected, hint: hint)
    return nil
  }

  /// One line for people.
  mutating func sentence(_ key: String, in section: Section) -> String {
    guard var text = text(key, in: section), let line = section[key]?.line else { return "" }
    // A folded text (>) ends with a line break.
    while text.last?.isNewline == true { text.removeLast() }
    if text.isEmpty || text.count > 500 || text.contains(where: \.isNewline) {
      fault(line, section.place(of: key), "must be one line of 1 to 500 characters")
    }
    return text
  }

  mutating func flag(_ key: String, in section: Section) -> Bool {
    guard let node = section[key] else { return false }
    if case .scalar(.bool(let value)) = node.content { return value }
    mismatch(node, section.place(of: key), expected: "true or false", hint: "write true or false")
    return false
  }

  /// The elements of a list; a single value stands for a list of one where `orOne`.
  mutating func list(_ key: String, in section: Section, orOne: Bool = false) -> [YAMLNode] {
    guard let node = section[key] else { return [] }
    if case .list(let elements) = node.content { return elements }
    if orOne, case .scalar = node.content { return [node] }
    let hint: String? =
      if case .scalar(let value) = node.content {
        "write \(key): [\((value.stringValue ?? value.text).split(separator: " ").joined(separator: ", "))]"
      } else { nil }
    mismatch(node, section.place(of: key), expected: expectation(key, section), hint: hint)
    return []
  }

  /// A whole number in a range; nil when it is missing or wrong.
  mutating func integer(_ key: String, in section: Section, _ range: ClosedRange<Int>) -> Int? {
    guard let node = section[key] else { return nil }
    if case .scalar(.integer(let value)) = node.content, let number = Int(exactly: value), range.contains(number) {
      return number
    }
    mismatch(node, section.place(of: key), expected: expectation(key, section))
    return nil
  }

  /// Seconds, as a number or with a unit.
  mutating func duration(_ key: String, in section: Section, _ range: ClosedRange<Int>) -> Int? {
    guard let node = section[key] else { return nil }
    let seconds: Int? =
      switch node.content {
      case .scalar(.integer(let value)): Int(exactly: value)
      case .scalar(.string(let text)): DurationText.seconds(text)
      default: nil
      }
    if let seconds, range.contains(seconds) { return seconds }
    mismatch(node, section.place(of: key), expected: expectation(key, section))
    return nil
  }

  /// Bytes, as a number or with K, M or G.
  mutating func size(_ key: String, in section: Section, _ range: ClosedRange<Int>) -> Int? {
    guard let node = section[key] else { return nil }
    if let bytes = Self.bytes(node), range.contains(bytes) { return bytes }
    mismatch(node, section.place(of: key), expected: expectation(key, section))
    return nil
  }

  private static func bytes(_ node: YAMLNode) -> Int? {
    switch node.content {
    case .scalar(.integer(let value)): return Int(exactly: value)
    case .scalar(.string(let text)):
      let shifts: [Character: Int] = ["K": 10, "M": 20, "G": 30]
      guard let shift = text.last.flatMap({ shifts[$0] }), let number = Int(text.dropLast()), number > 0,
        number <= Int.max >> shift
      else { return nil }
      return number << shift
    default: return nil
    }
  }
}
