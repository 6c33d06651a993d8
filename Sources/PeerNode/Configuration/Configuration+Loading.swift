import Glibc
package import PeerModel

extension Configuration {
  /// The most that a configuration file may hold, in bytes.
  static let maximumFileSize = 1 << 20

  /// Reads a configuration file.
  /// - Parameters:
  ///   - path: the file, shown as it is in errors.
  ///   - mustExist: whether a missing file is an error (somebody named it) instead of meaning the defaults.
  /// - Throws: ``PeerModel/NodeError`` with code `configuration`: one line a fault, at most ten, each of the form
  ///   `FILE:LINE: KEY: what is wrong`.
  package static func load(path: String, mustExist: Bool = false) throws(NodeError) -> Configuration {
    guard let bytes = try contents(of: path, mustExist: mustExist) else { return Configuration() }
    return try parse(bytes: bytes, file: path)
  }

  /// The file's bytes, nil when it is missing and may be.
  private static func contents(of path: String, mustExist: Bool) throws(NodeError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      if errno == ENOENT, !mustExist { return nil }
      throw unreadable(path, errno)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw unreadable(path, errno) }
      bytes += chunk[..<count]
      // A pipe or a device has no size to ask for first.
      guard bytes.count <= maximumFileSize else { throw tooLarge(path) }
    }
  }

  static func tooLarge(_ file: String) -> NodeError {
    NodeError(
      .configuration, "\(file): larger than 1 MiB, which no configuration is", hint: "check that it is the right file")
  }

  private static func unreadable(_ path: String, _ code: CInt) -> NodeError {
    let hint =
      switch code {
      case ENOENT: "name an existing file, or leave --config out for the defaults"
      case EACCES: "let the user that rd runs as read it and the folders above it: namei -l \(path)"
      case EISDIR: "name the file in it, such as \(path)/config.yaml"
      default: "namei -l \(path)"
      }
    return NodeError(.configuration, "\(path): cannot be read: \(String(cString: strerror(code)))", hint: hint)
  }
}
