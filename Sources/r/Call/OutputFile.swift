internal import Glibc
internal import LocalAPI
internal import PeerModel

/// A file of a result on its way to disk: complete under its name, or not there at all.
final class OutputFile: StreamSink {
  let path: String
  private(set) var size = 0
  private let replaces: Bool
  private let expectedSize: Int?
  private let temporary: String
  private var descriptor: Int32

  /// - Parameters:
  ///   - number: keeps the temporary names of one result apart.
  ///   - replaces: an existing file may be overwritten.
  /// - Throws: ``NodeError`` when the file exists, or cannot be made.
  init(folder: String, name: String, number: Int, replaces: Bool, expectedSize: Int? = nil) throws(NodeError) {
    let prefix = folder.isEmpty ? "" : folder.hasSuffix("/") ? folder : folder + "/"
    path = prefix + name
    temporary = "\(prefix).r-\(getpid())-\(number).part"
    self.replaces = replaces
    self.expectedSize = expectedSize
    descriptor = -1
    var facts = stat()
    if lstat(path, &facts) == 0 {
      guard replaces else { throw Self.exists(path) }
      let kind = facts.st_mode & S_IFMT
      guard kind == S_IFREG || kind == S_IFLNK else {
        throw NodeError(.localFile, "\(path) is not a regular file; --output - writes to standard output")
      }
    }
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path, errno) }
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary)
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(NodeError) {
    if let expectedSize, bytes.count > expectedSize - size {
      throw NodeError(.malformed, "\(path): more bytes come than the \(expectedSize) that were announced")
    }
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.failure(path, errno)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    size += bytes.count
  }

  func finish() throws(NodeError) {
    if let expectedSize, expectedSize != size {
      throw NodeError(.malformed, "\(path): rd announced \(expectedSize) bytes and sent \(size)")
    }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw Self.failure(path, errno) }
    try publish()
    close(descriptor)
    descriptor = -1
  }

  /// Gives the file its name in one step. A link refuses an existing name; where a file system has no links, looking first
  /// has to do.
  private func publish() throws(NodeError) {
    if !replaces {
      if link(temporary, path) == 0 {
        unlink(temporary)
        return
      }
      var facts = stat()
      if errno == EEXIST || lstat(path, &facts) == 0 { throw Self.exists(path) }
    }
    guard rename(temporary, path) == 0 else { throw Self.failure(path, errno) }
  }

  private static func exists(_ path: String) -> NodeError {
    NodeError(.localFile, "\(path) exists already; --force overwrites it, --output names another")
  }

  private static func failure(_ path: String, _ code: Int32) -> NodeError {
    NodeError(.localFile, "\(path): \(String(cString: strerror(code)))")
  }
}
