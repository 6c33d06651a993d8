internal import PeerModel

/// A path below a root, as a caller names it: steps down only.
struct RelativePath: Hashable, Sendable {
  /// The names from the root on; none is the root itself.
  let steps: [String]

  /// Levels below the root.
  static let maximumSteps = 64
  /// Bytes of the whole path (PATH_MAX without the zero).
  static let maximumLength = 4095

  /// - Parameters:
  ///   - text: `a/b`; `""` and `.` are the root itself.
  ///   - argument: the argument's name, for errors.
  /// - Throws: ``NodeError`` `invalid_arguments` for what is no path below a root.
  init(_ text: String, argument: String) throws(NodeError) {
    func fault(_ reason: String) -> NodeError { NodeError(.invalidArguments, "/\(argument): \(reason)") }
    guard text.utf8.count <= Self.maximumLength else { throw fault("is longer than \(Self.maximumLength) bytes") }
    guard !text.hasPrefix("/") else { throw fault("must be relative to the root: without a slash in front") }
    guard !text.utf8.contains(0) else { throw fault("must not contain a zero byte") }
    let steps = text.split(separator: "/").map(String.init).filter { $0 != "." }
    guard !steps.contains("..") else { throw fault("leads out of the root: .. is not taken") }
    guard steps.count <= Self.maximumSteps else { throw fault("is deeper than \(Self.maximumSteps) levels") }
    guard steps.allSatisfy({ $0.utf8.count <= 255 }) else { throw fault("has a name longer than 255 bytes") }
    self.steps = steps
  }

  /// The path as callers write it; `.` for the root itself.
  var text: String { steps.isEmpty ? "." : steps.joined(separator: "/") }
}
