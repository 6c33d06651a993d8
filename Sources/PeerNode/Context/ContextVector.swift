package import PeerModel

/// How far a node has each log: everything up to a number, by scope and origin (a version vector).
package struct ContextVector: Hashable, Sendable {
  package private(set) var counters: [ContextScope: [PeerID: Int]] = [:]

  /// Logs that one message may name.
  package static let maximumLogs = 4096

  package init() {}

  /// 0 for a log of which nothing is there.
  package subscript(scope: ContextScope, origin: PeerID) -> Int {
    get { counters[scope]?[origin] ?? 0 }
    set { counters[scope, default: [:]][origin] = newValue > 0 ? newValue : nil }
  }

  /// Whether whoever has this has everything of the other in these scopes.
  package func covers(_ other: ContextVector, in scopes: Set<ContextScope>) -> Bool {
    scopes.allSatisfy { scope in (other.counters[scope] ?? [:]).allSatisfy { self[scope, $0.key] >= $0.value } }
  }

  /// Whether this has more of some log than the other.
  package func isBeyond(_ other: ContextVector) -> Bool { !other.covers(self, in: Set(counters.keys)) }
}

extension ContextVector: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    var count = 0
    for scope in ContextScope.allCases {
      guard let logs = fields.value(scope.rawValue) else { continue }
      guard let members = logs.objectValue else {
        throw NodeError(.invalidArguments, "/\(scope.rawValue): expected an object, got \(logs.typeName)")
      }
      count += members.count
      guard count <= Self.maximumLogs else {
        throw NodeError(.invalidArguments, "/\(scope.rawValue): more than \(Self.maximumLogs) logs")
      }
      for (origin, number) in members {
        guard let origin = PeerID(origin), let number = number.integerValue.flatMap({ Int(exactly: $0) }),
          (0...ContextID.maximumCounter).contains(number)
        else { throw NodeError(.invalidArguments, "/\(scope.rawValue): expected peer ids and counters") }
        self[scope, origin] = number
      }
    }
  }
  package var json: JSONValue {
    .object(
      Dictionary(
        uniqueKeysWithValues: counters.map { scope, logs in
          (
            scope.rawValue,
            .object(Dictionary(uniqueKeysWithValues: logs.map { ($0.key.description, $0.value.json) }))
          )
        }))
  }
  static let schema = Schema.object(
    Dictionary(
      uniqueKeysWithValues: ContextScope.allCases.map {
        ($0.rawValue, .object([:], "Peer ids, and up to which number everything of them is there.", open: true))
      }))
}
