import PeerModel

/// A part of the file whose keys are names that its author chose, each with a section of the same keys.
struct NamedSections: Sendable {
  /// What has the names, for the end of "expected".
  let what: String
  /// What a name has to look like.
  let rule: TextRule
  /// How many there may be.
  let most: Int
  /// The last step of the key that every section has to have.
  let needed: String
  /// The keys of the section of that name.
  let keys: @Sendable (_ name: String) -> [ConfigurationKey]
  /// The names that a configuration has.
  let names: @Sendable (Configuration) -> [String]
}

extension NamedSections {
  /// Puts the sections of `node` in their places.
  /// - Parameter path: where they stand.
  /// - Throws: the first fault, at its line.
  func read(_ node: YAMLNode, at path: String, into configuration: inout Configuration) throws(ConfigurationFault) {
    guard case .mapping(let sections) = node.content else {
      throw ConfigurationFault(
        line: node.line, "\(path): expected \(what), got \(node.found)", hint: "write NAME: and below it \(needed): …")
    }
    guard sections.count <= most else {
      throw ConfigurationFault(line: node.line, "\(path): has more than \(most) names", hint: nil)
    }
    for section in sections {
      if let problem = rule.problem(with: section.key) {
        throw ConfigurationFault(
          line: section.line, "\(path): \(JSONValue.string(section.key).text) \(problem)", hint: rule.hint)
      }
      try read(section.value, of: keys(section.key), at: "\(path).\(section.key)", into: &configuration)
    }
  }

  private func read(
    _ node: YAMLNode, of keys: [ConfigurationKey], at path: String, into configuration: inout Configuration
  ) throws(ConfigurationFault) {
    guard case .mapping(let members) = node.content else {
      throw ConfigurationFault(
        line: node.line, "\(path): expected keys with their values, got \(node.found)", hint: "write \(needed): …")
    }
    for member in members {
      guard let key = keys.first(where: { $0.steps.last == member.key }) else {
        let names = keys.compactMap(\.steps.last)
        let near = Spelling.nearest(to: member.key, among: names)
        let guess = near.map { ", did you mean \($0)?" } ?? ""
        throw ConfigurationFault(
          line: member.line, "\(path).\(ConfigurationFault.shown(member.key)): unknown key\(guess)",
          hint: near == nil ? "the keys here are: \(names.joined(separator: ", "))" : nil)
      }
      try key.read(member.value, into: &configuration)
    }
    guard members.contains(where: { $0.key == needed && !$0.value.isNull }) else {
      throw ConfigurationFault(line: node.line, "\(path): \(needed) is missing", hint: "write \(needed): …")
    }
  }

  /// The sections as the file would spell them.
  func json(in configuration: Configuration) -> JSONValue {
    var sections: [String: JSONValue] = [:]
    for name in names(configuration) {
      let members = keys(name).map { ($0.steps.last ?? $0.path, $0.json(in: configuration)) }
      sections[name] = .object(Dictionary(members, uniquingKeysWith: { $1 }))
    }
    return .object(sections)
  }
}
