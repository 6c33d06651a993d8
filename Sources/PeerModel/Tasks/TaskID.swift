/// Names a task on the node that keeps it: `task-` and 16 letters.
package struct TaskID: Hashable, Sendable {
  /// As it is written.
  package let text: String

  private static let prefix = "task-"
  /// Random bytes of an id.
  package static let count = 10

  /// An id of random bytes.
  package init(random bytes: [UInt8]) { text = Self.prefix + Base32.letters(bytes) }

  /// The id with that text; nil when it is none.
  package init?(_ text: String) {
    let letters = text.dropFirst(Self.prefix.count).utf8
    guard text.hasPrefix(Self.prefix), letters.count == Self.count * 8 / 5,
      letters.allSatisfy(Base32.isLetter)
    else { return nil }
    self.text = text
  }
}

extension TaskID: CustomStringConvertible {
  package var description: String { text }
}

extension TaskID: JSONConvertible {
  /// - Throws: ``NodeError`` `not_found` for what is no id of a task.
  package init(json: JSONValue) throws(NodeError) {
    guard let text = json.stringValue, let id = TaskID(text) else {
      throw NodeError(.notFound, "there is no task \(json.text.prefix(64))", hint: "r tasks")
    }
    self = id
  }
  package var json: JSONValue { .string(text) }
}
