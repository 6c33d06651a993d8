/// When a server that ended is started again: sooner after the first time than after many, and soon again once it has
/// lived for a while.
package struct MCPBackoff: Hashable, Sendable {
  static let first = Duration.milliseconds(500)
  static let longest = Duration.seconds(300)
  /// A server that was usable for so long is taken for a sound one.
  static let healthy = Duration.seconds(60)

  private var next = first

  /// Nothing has failed yet.
  package init() {}

  /// The pause before the next start: half a second, doubled each time up to five minutes.
  /// - Parameter usable: how long the server could be used; zero when it never could.
  package mutating func pause(afterUsable usable: Duration) -> Duration {
    if usable >= Self.healthy { next = Self.first }
    defer { next = min(next * 2, Self.longest) }
    return next
  }
}
