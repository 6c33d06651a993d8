package import PeerModel

/// A result as the daemon sent it, and as this version understands it.
package struct Answer<M: Method> {
  /// The request that it answers.
  package var request: RequestID
  /// Everything that was sent, members included that only a newer version knows.
  package var json: JSONValue

  package init(request: RequestID, json: JSONValue) {
    self.request = request
    self.json = json
  }

  /// - Throws: ``NodeError`` `malformed` when the daemon speaks another dialect.
  package func value() throws(NodeError) -> M.Result {
    do { return try M.Result(json: json) } catch {
      throw NodeError(
        .malformed, "the answer of rd to \(M.name) is not understood: \(error.message)", hint: "r version")
    }
  }
}
