/// Which of the two kinds of context an entry is.
package enum ContextScope: String, CaseIterable, Hashable, Sendable, Comparable {
  /// A conversation, by its name.
  case session
  /// What is remembered beyond a conversation.
  case memory

  /// How ids of entries are marked: `m12`, `s3`.
  package var letter: String { self == .memory ? "m" : "s" }

  package static func < (left: ContextScope, right: ContextScope) -> Bool { left.rawValue < right.rawValue }
}

/// What an exchange of context is about: one scope or both.
package enum ContextSelection: String, CaseIterable, Hashable, Sendable {
  case session
  case memory
  case all

  package var scopes: Set<ContextScope> {
    switch self {
    case .session: [.session]
    case .memory: [.memory]
    case .all: [.session, .memory]
    }
  }
}

/// Who speaks in an entry.
package enum ContextRole: String, CaseIterable, Hashable, Sendable {
  case user
  case assistant
  case system
  /// Something to remember that nobody said.
  case note
}

/// Which way entries go, as the node sees it that asks.
package enum SyncDirection: String, CaseIterable, Hashable, Sendable {
  case push
  case pull
  case both

  package var pushes: Bool { self != .pull }
  package var pulls: Bool { self != .push }
}

extension JSONConvertible where Self: RawRepresentable & CaseIterable, RawValue == String {
  package init(json: JSONValue) throws(NodeError) {
    guard let value = json.stringValue.flatMap({ Self(rawValue: $0) }) else {
      throw NodeError(.invalidArguments, "must be one of \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self = value
  }
  package var json: JSONValue { .string(rawValue) }
}

extension ContextScope: JSONConvertible {}
extension ContextSelection: JSONConvertible {}
extension ContextRole: JSONConvertible {}
extension SyncDirection: JSONConvertible {}
