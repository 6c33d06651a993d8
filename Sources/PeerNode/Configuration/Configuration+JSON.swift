package import PeerModel

extension Configuration {
  /// The configuration in force, in the shape of the file, durations in seconds. It holds no secrets.
  package var json: JSONValue {
    Self.tree(ConfigurationKey.table.map { ($0.steps[...], $0.json(in: self)) })
  }

  /// The paths of the keys whose values differ from those of `old`, in the order of the reference page.
  /// - Returns: those that a reload puts into force, and those that wait for the next start.
  package func changes(from old: Configuration) -> (live: [String], needRestart: [String]) {
    let changed = ConfigurationKey.table.filter { !$0.isEqual(in: self, old) }
    return (
      changed.filter { $0.effect == .reload }.map(\.path), changed.filter { $0.effect == .restart }.map(\.path)
    )
  }

  private static func tree(_ leaves: [(path: ArraySlice<String>, value: JSONValue)]) -> JSONValue {
    if leaves.count == 1, leaves[0].path.isEmpty { return leaves[0].value }
    let sections = Dictionary(grouping: leaves) { $0.path[$0.path.startIndex] }
    return .object(sections.mapValues { tree($0.map { ($0.path.dropFirst(), $0.value) }) })
  }
}
