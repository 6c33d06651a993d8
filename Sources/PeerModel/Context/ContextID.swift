/// The name of one entry among all nodes: who wrote it, and its number among the entries of that node and scope.
/// Written `peer-….m12` for the twelfth of memory, `peer-….s3` for the third of sessions.
package struct ContextID: Hashable, Sendable {
  package var origin: PeerID
  package var scope: ContextScope
  /// From 1.
  package var counter: Int

  /// Largest counter: what JSON numbers carry exactly (RFC 8259, section 6).
  package static let maximumCounter = 1 << 53 - 1

  package init(origin: PeerID, scope: ContextScope, counter: Int) {
    self.origin = origin
    self.scope = scope
    self.counter = counter
  }

  /// Reads the full form, or the short one (`m12`) of an entry that `own` has written.
  package init?(_ text: String, own: PeerID? = nil) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard let last = parts.last, parts.count <= 2, let origin = parts.count == 2 ? PeerID(String(parts[0])) : own,
      let scope = ContextScope.allCases.first(where: { last.hasPrefix($0.letter) }),
      last.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }), let counter = Int(last.dropFirst()),
      (1...Self.maximumCounter).contains(counter), String(counter) == last.dropFirst()
    else { return nil }
    self.init(origin: origin, scope: scope, counter: counter)
  }

  /// The part that the origin's own owner may type alone.
  package var short: String { "\(scope.letter)\(counter)" }
}

extension ContextID: CustomStringConvertible {
  package var description: String { "\(origin).\(short)" }
}

extension ContextID: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    guard let id = json.stringValue.flatMap({ ContextID($0) }) else {
      throw NodeError(.invalidArguments, "expected the id of an entry: peer-….m12")
    }
    self = id
  }
  package var json: JSONValue { .string(description) }
}
