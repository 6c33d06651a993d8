internal import PeerModel

/// One statement with what it may use.
struct SQLStatement: Sendable {
  var text: String
  /// The values of its placeholders, in order: texts, numbers, truth values and nulls.
  var parameters: [JSONValue] = []
  /// Whether it may change the database.
  var writes = false
  /// Rows that are given at most; whether there are more is told.
  var rows: Int
  /// How long it may run.
  var timeout: Duration

  /// Bytes of the text.
  static let maximumLength = 256 << 10
  /// Placeholders.
  static let maximumParameters = 100
  /// Bytes of a result.
  static let resultBytes = 4 << 20

  /// - Throws: ``NodeError`` `invalid_arguments` for what no database can be given.
  func check() throws(NodeError) {
    guard text.utf8.contains(where: { $0 > 0x20 }) else {
      throw NodeError(.invalidArguments, "/query: must not be empty")
    }
    guard text.utf8.count <= Self.maximumLength else {
      throw NodeError(.invalidArguments, "/query: is longer than \(Self.maximumLength) bytes")
    }
    guard !text.utf8.contains(0) else { throw NodeError(.invalidArguments, "/query: must not contain a zero byte") }
    for (index, value) in parameters.enumerated() {
      switch value {
      case .array, .object:
        throw NodeError(.invalidArguments, "/parameters/\(index): must be a text, number, truth value or null")
      case .string(let text) where text.utf8.contains(0):
        throw NodeError(.invalidArguments, "/parameters/\(index): must not contain a zero byte")
      default: continue
      }
    }
  }

  /// The end of an error's sentence that says where in the text it is.
  /// - Parameter offset: bytes before the place.
  static func place(in text: String, offset: Int) -> String {
    let before = String(decoding: text.utf8.prefix(offset), as: UTF8.self)
    let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
    return " (line \(lines.count), column \((lines.last?.count ?? 0) + 1))"
  }
}
