import PeerModel

extension ConfigurationKey {
  /// Whether keys stand below this path.
  static func isSection(_ path: String) -> Bool { table.contains { $0.path.hasPrefix(path + ".") } }

  /// The fault of a key that does not exist, with what was probably meant.
  /// - Parameters:
  ///   - name: the key as it stands there.
  ///   - section: the path it stands under, empty at the top level.
  static func unknown(_ name: String, in section: String, line: Int) -> ConfigurationFault {
    let siblings = names(in: section)
    let path = (section.isEmpty ? "" : "\(section).") + ConfigurationFault.shown(name)
    // A key of another section first, when it is spelled right and merely in the wrong place.
    let misplaced = table.first { $0.steps.last == name }?.path
    let suggestion = misplaced ?? Spelling.nearest(to: name, among: siblings) ?? elsewhere(name)
    let guess = suggestion.map { ", did you mean \($0)?" } ?? ""
    return ConfigurationFault(
      line: line, "\(path): unknown key\(guess)",
      hint: suggestion == nil ? "the keys here are: \(siblings.joined(separator: ", "))" : nil)
  }

  /// The keys and sections that stand directly under a section, in the order of the table.
  private static func names(in section: String) -> [String] {
    let depth = section.isEmpty ? 0 : section.split(separator: ".").count
    var names: [String] = []
    for key in table where section.isEmpty || key.path.hasPrefix(section + ".") {
      let name = key.steps[depth]
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  private static func elsewhere(_ name: String) -> String? {
    guard let last = Spelling.nearest(to: name, among: table.compactMap(\.steps.last)) else { return nil }
    return table.first { $0.steps.last == last }?.path
  }
}
