/// What a peer may do here. Directional: the receiver decides, and nothing but its owner changes it.
package struct TrustLevel: Hashable, Sendable, Comparable {
  /// The number of the specification's table.
  package let value: Int
  package let name: String

  package static let unknown = TrustLevel(value: 0, name: "unknown")
  package static let pending = TrustLevel(value: 10, name: "pending")
  package static let basic = TrustLevel(value: 50, name: "basic")
  package static let trusted = TrustLevel(value: 75, name: "trusted")
  package static let full = TrustLevel(value: 100, name: "full")

  /// All levels, lowest first.
  package static let all = [unknown, pending, basic, trusted, full]
  /// The levels that an owner can grant.
  package static let grantable = [basic, trusted, full]

  /// - Throws: ``NodeError`` `invalid_arguments` for a level that no owner can grant.
  package func checkGrantable() throws(NodeError) {
    guard Self.grantable.contains(self) else {
      throw NodeError(.invalidArguments, "level \(self) cannot be granted", hint: "use basic, trusted or full")
    }
  }

  private init(value: Int, name: String) {
    self.value = value
    self.name = name
  }

  package static func < (left: TrustLevel, right: TrustLevel) -> Bool { left.value < right.value }

  /// The level with that number, when there is one.
  package init?(value: Int) {
    guard let level = Self.all.first(where: { $0.value == value }) else { return nil }
    self = level
  }

  /// The level that a person or a script wrote: a name in any case, or a number.
  package init?(_ text: String) {
    if let number = Int(text) {
      self.init(value: number)
    } else {
      guard let level = Self.all.first(where: { $0.name == text.lowercased() }) else { return nil }
      self = level
    }
  }
}

extension TrustLevel: CustomStringConvertible {
  package var description: String { name }
}

extension TrustLevel: JSONConvertible {
  /// Accepts a name or a number.
  package init(json: JSONValue) throws(NodeError) {
    let level = json.integerValue.map { TrustLevel(value: Int($0)) } ?? json.stringValue.map { TrustLevel($0) } ?? nil
    guard let level else {
      throw NodeError(.invalidArguments, "unknown trust level \(json.text); use basic, trusted, full or 50, 75, 100")
    }
    self = level
  }
  package var json: JSONValue { .string(name) }
}
