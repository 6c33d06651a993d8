/// What a server may send, and how long it may take. Everything is checked before it is parsed or kept.
package struct MCPLimits: Hashable, Sendable {
  /// Bytes of one line on its standard output.
  package var lineBytes = 8 << 20
  /// Messages of one batch.
  package var batch = 100
  /// Tools that are used; further ones are left out.
  package var tools = 256
  /// Pages of a list of tools.
  package var pages = 64
  /// Bytes of one tool's schema as JSON text.
  package var schemaBytes = 64 << 10
  /// Characters of a description.
  package var descriptionLength = 400
  /// Calls that run at one time.
  package var calls = 64
  /// Calls that were given up and have not been answered yet.
  package var abandoned = 64
  /// Bytes that wait for the server to read them.
  package var outgoingBytes = 32 << 20
  /// Messages that nobody asked for: so many at once, and so many a second.
  package var unsolicited = MCPAllowance(most: 2000, perSecond: 200)
  /// How many of those a line counts for that is no message, or that answers nothing.
  package var junkCost = 10.0
  /// Lines of its standard error that are logged: so many at once, and so many a second.
  package var logged = MCPAllowance(most: 100, perSecond: 5)
  /// Bytes of a line of its standard error that are logged.
  package var loggedBytes = 1000
  /// How long it may take to answer a ping after a call was given up.
  package var pingPatience = Duration.seconds(30)
  /// The shortest time between two lists of its tools.
  package var listInterval = Duration.seconds(1)
  /// The shortest time between two steps of a call that are passed on.
  package var progressInterval = Duration.milliseconds(100)
  /// How long it may take to end after its standard input was closed, and again after SIGTERM.
  package var endPatience = Duration.seconds(2)

  /// The defaults.
  package init() {}
}

/// How often something may happen: a number of times at once, and then so often a second (a token bucket).
package struct MCPAllowance: Hashable, Sendable {
  private let most: Double
  private let perSecond: Double
  private var left: Double
  private var last: ContinuousClock.Instant?

  /// - Parameters:
  ///   - most: times at once.
  ///   - perSecond: times a second after that.
  package init(most: Double, perSecond: Double) {
    (self.most, self.perSecond, left) = (most, perSecond, most)
  }

  /// - Returns: whether it may happen now; if so, it counts `cost` times.
  package mutating func take(_ cost: Double = 1, at now: ContinuousClock.Instant) -> Bool {
    if let last, now > last { left = min(most, left + (now - last).milliseconds / 1000 * perSecond) }
    last = now
    guard left >= cost else { return false }
    left -= cost
    return true
  }
}
