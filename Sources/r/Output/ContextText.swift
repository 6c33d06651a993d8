internal import LocalAPI
internal import PeerModel

/// How entries of context are shown to people.
enum ContextText {
  /// Characters of a text that a table shows.
  private static let width = 60

  static func table(_ entries: [ContextLine]) -> Table {
    var table = Table(["ID", "NODE", "TIME", "SCOPE", "SESSION", "ROLE", "TEXT"])
    for entry in entries {
      table.add([
        .init(entry.id.short), .init(entry.originName ?? entry.id.origin.short),
        .init(TimeText.moment(entry.createdAt)),
        .init(entry.id.scope.rawValue), .init(entry.session ?? "-"), .init(entry.role.rawValue),
        .init(summary(entry.text)),
      ])
    }
    return table
  }

  /// The beginning of the first line.
  static func summary(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    let isWhole = line.count <= width && line.utf8.count == text.utf8.count
    return isWhole ? line : line.prefix(width - 1) + "…"
  }
}
