import Glibc

/// A system call that failed.
package struct SystemError: Error, CustomStringConvertible {
  package let call: String
  package let number: Int32
  package init(_ call: String, _ number: Int32 = errno) {
    self.call = call
    self.number = number
  }
  package var description: String { "\(call): \(String(cString: strerror(number)))" }
}

/// Small files, whole and durable.
package enum File {
  /// The file's bytes; nil when it does not exist.
  /// - Throws: ``SystemError``, also (`EFBIG`) for a file larger than `limit` bytes.
  package static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw SystemError("open")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      guard count >= 0 else { throw SystemError("read") }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= limit else { throw SystemError("read", EFBIG) }
    }
  }

  /// Makes `path` with these bytes: after a crash the whole file is there or none. Never replaces a file.
  /// - Throws: ``SystemError``, `EEXIST` when the file is there already.
  package static func createAtomically(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(SystemError) {
    let temporary = try writeTemporary(path, bytes, mode: mode)
    defer { unlink(temporary) }
    // link refuses to replace, which rename would not.
    guard link(temporary, path) == 0 else { throw SystemError("link") }
    try syncDirectory(of: path)
  }

  /// Puts these bytes in the place of `path`: after a crash the old file is there or the new one, whole.
  /// - Throws: ``SystemError``; the old file is then still there.
  package static func replaceAtomically(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(SystemError) {
    let temporary = try writeTemporary(path, bytes, mode: mode)
    guard rename(temporary, path) == 0 else {
      let error = SystemError("rename")
      unlink(temporary)
      throw error
    }
    try syncDirectory(of: path)
  }

  /// What a crash may leave of a file that was being written.
  package static func temporary(of path: String) -> String { path + ".new" }

  private static func writeTemporary(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(SystemError) -> String {
    let temporary = temporary(of: path)
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else { throw SystemError("open") }
    defer { close(descriptor) }
    do {
      try write(bytes, to: descriptor)
      return temporary
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { throw SystemError("write") }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw SystemError("fsync") }
  }

  private static func syncDirectory(of path: String) throws(SystemError) {
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemError("fsync") }
  }
}
