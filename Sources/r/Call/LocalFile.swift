internal import Glibc
internal import LocalAPI
internal import PeerModel

/// A file of the user's on its way to the daemon: opened by this program as this user, so that the daemon gets bytes and
/// never a path.
struct LocalFile {
  let upload: Upload
  /// The last component of the path, as a label.
  let name: String

  /// - Parameters:
  ///   - path: of the file; `-` is standard input.
  ///   - number: of the stream in its request.
  /// - Throws: ``NodeError`` `local_file`.
  init(_ path: String, number: Int = 0) throws(NodeError) {
    let isInput = path == "-"
    let descriptor = isInput ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw NodeError(.localFile, "cannot open \(path): \(String(cString: strerror(errno)))")
    }
    upload = Upload(number: number, descriptor: descriptor)
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT != S_IFDIR else {
      throw NodeError(.localFile, "\(path): this is a folder, not a file")
    }
    let last = path.split(separator: "/").last.map(String.init) ?? path
    name = isInput ? "stdin" : FileReference.isSafe(name: last) ? last : "file"
  }

  var reference: FileReference { FileReference(name: name, content: .stream(upload.number), size: upload.size) }
}
