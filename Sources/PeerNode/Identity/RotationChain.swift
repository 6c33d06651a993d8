package import PeerModel

/// How a node came to its key: statements, newest first, each from the key that the next one leads to.
package struct RotationChain: Hashable, Sendable {
  package let statements: [RotationStatement]

  /// Statements that a node presents and that another looks at.
  package static let maximum = 8

  package static let none = RotationChain(unchecked: [])

  private init(unchecked statements: [RotationStatement]) { self.statements = statements }

  /// Takes statements that form a chain; their signatures are not looked at.
  /// - Throws: ``NodeError`` `invalid_arguments`.
  package init(_ statements: [RotationStatement]) throws(NodeError) {
    for (newer, older) in zip(statements, statements.dropFirst()) {
      guard older.new == newer.old, older.sequence < newer.sequence else {
        throw NodeError(.invalidArguments, "/rotations: not a chain, newest first")
      }
    }
    let ids = Set(statements.map(\.old.id) + statements.prefix(1).map(\.new.id))
    guard statements.isEmpty || ids.count == statements.count + 1 else {
      throw NodeError(.invalidArguments, "/rotations: one key comes twice")
    }
    self.init(unchecked: statements)
  }

  package var newest: RotationStatement? { statements.first }

  /// What is shown to others.
  package var presented: RotationChain { RotationChain(unchecked: Array(statements.prefix(Self.maximum))) }

  /// The chain with one more statement.
  func adding(_ statement: RotationStatement) -> RotationChain { RotationChain(unchecked: [statement] + statements) }

  /// The statements that lead from `id` to the newest key; nil when none is of that node.
  func leading(from id: PeerID) -> RotationChain? {
    guard let index = statements.firstIndex(where: { $0.old.id == id }) else { return nil }
    return RotationChain(unchecked: Array(statements[...index]))
  }

  /// - Throws: ``NodeError`` `unauthenticated` when any statement is not signed by both its keys.
  func verify() throws(NodeError) {
    for statement in statements { try statement.verify() }
  }
}

extension RotationChain: JSONConvertible {
  /// Reads what another node presents.
  /// - Throws: ``NodeError`` `invalid_arguments`, also for more than ``maximum`` statements.
  package init(json: JSONValue) throws(NodeError) {
    guard let count = json.arrayValue?.count, count <= Self.maximum else {
      throw NodeError(.invalidArguments, "expected at most \(Self.maximum) statements")
    }
    try self.init(try [RotationStatement](json: json))
  }
  package var json: JSONValue { statements.json }
}
