/// Waits until a condition holds.
/// - Throws: ``TestFailure`` when it does not within `seconds`.
package func eventually(
  _ what: String, within seconds: Int = 20, _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw TestFailure("it never happened: \(what)") }
    try await Task.sleep(for: .milliseconds(10))
  }
}
