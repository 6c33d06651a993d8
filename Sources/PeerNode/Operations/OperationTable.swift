package import PeerModel

/// Every operation by name: what the doors dispatch from and the references are generated from.
package struct OperationTable: Sendable {
  /// Sorted by name.
  package let operations: [Operation]
  private let byName: [String: Operation]

  package init(_ operations: [Operation]) {
    self.operations = operations.sorted { $0.name < $1.name }
    byName = Dictionary(operations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The operation that an owner may call by this name.
  /// - Throws: ``NodeError`` `unknown_method` with the nearest name.
  package func owner(_ name: String) throws(NodeError) -> Operation {
    if let operation = byName[name], operation.audience == .owner { return operation }
    let names = operations.filter { $0.audience == .owner }.map(\.name)
    let suggestion = Spelling.nearest(to: name, among: names).map { ", did you mean \($0)?" } ?? ""
    throw NodeError(.unknownMethod, "there is no method \(name.prefix(64))\(suggestion)", hint: "see rpc.discover")
  }
}
