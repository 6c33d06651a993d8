internal import Glibc
internal import PeerModel

/// An installed program that a skill runs.
package struct Program: Hashable, Sendable {
  /// The file's name, without a folder.
  package var name: String
  /// The Debian package that it comes with.
  package var package: String

  /// A program, whether or not it is installed.
  package init(name: String, package: String) {
    self.name = name
    self.package = package
  }

  /// Where programs are looked for, whatever the daemon's own PATH is.
  static let searchPath = "/usr/local/bin:/usr/bin:/bin"

  /// The absolute path; nil when it is not installed. Looked up each time: three system calls, and never out of date.
  func locate() -> String? {
    Self.searchPath.split(separator: ":").map { "\($0)/\(name)" }.first { path in
      var status = stat()
      return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
  }

  /// What callers are told when it is not installed.
  var missing: NodeError {
    NodeError(.skillUnavailable, "\(name) is not installed", hint: "apt-get install \(package)")
  }
}
