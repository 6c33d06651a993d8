internal import Glibc
package import PeerModel

extension ErrorCode {
  /// A file of the user's cannot be read or written; never leaves the client.
  package static let localFile = ErrorCode(rawValue: "local_file")
}

/// A file of the caller's that is sent beside a request: opened as the caller's own user, read as the daemon takes it.
package final class Upload {
  /// The stream's number in the request.
  package let number: Int
  /// Bytes that will be sent, where that is known: a regular file's size when it was opened.
  package let size: Int?
  let descriptor: Int32
  private var remaining: Int?
  private var chunk = [UInt8](repeating: 0, count: DataFrame.preferredSize)

  /// - Parameter descriptor: open for reading; closed with this object.
  package init(number: Int, descriptor: Int32) {
    self.number = number
    self.descriptor = descriptor
    var facts = stat()
    // Files of /proc are regular and claim no bytes, so an empty file counts as one of unknown size.
    let isSized = fstat(descriptor, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && facts.st_size > 0
    size = isSized ? Int(facts.st_size) : nil
    remaining = size
  }

  deinit { close(descriptor) }

  /// The next frame and its bytes; nil when reading would block.
  func nextFrame(of request: RequestID) throws(NodeError) -> (frame: DataFrame, bytes: ArraySlice<UInt8>)? {
    let wanted = min(chunk.count, remaining ?? chunk.count)
    let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, wanted) }
    guard count >= 0 else {
      if errno == EAGAIN || errno == EINTR { return nil }
      throw NodeError(.localFile, "cannot read the file: \(String(cString: strerror(errno)))")
    }
    remaining = remaining.map { $0 - count }
    let frame = DataFrame(request: request, stream: number, size: count, isLast: count == 0 || remaining == 0)
    return (frame, chunk[..<count])
  }
}
