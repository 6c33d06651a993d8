internal import Glibc
internal import PeerModel

/// The files that programs made in a folder, taken over by descriptor: what is no plain file, or is a link to something
/// elsewhere, does not count.
struct MadeFiles {
  /// Absolute path.
  let folder: String

  struct Entry {
    /// Relative to the folder.
    var path: String
    var file: SpooledFile
  }

  private struct Found {
    var path: String
    var descriptor: OwnedDescriptor
    var facts: stat
  }

  /// Those that fit the pattern (glob(7); `*` stays within one folder, and `**` alone is every file), in natural order:
  /// `page-2` before `page-10`.
  /// - Parameters:
  ///   - most: how many there may be.
  ///   - bytes: what they may have together.
  /// - Throws: ``NodeError`` `too_large`; `internal` when no descriptor is left.
  func matching(_ pattern: String, most: Int, bytes: Int) throws(NodeError) -> [Entry] {
    var found: [Found] = []
    try collect(Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "", pattern, most: most, into: &found)
    try refuseForeignLinks(found)
    let size = found.reduce(0) { $0 + Int($1.facts.st_size) }
    guard size <= bytes else {
      throw NodeError(.tooLarge, "the tool made files of \(size) bytes, the limit is \(bytes)")
    }
    return found.map { found in
      let name = found.path.split(separator: "/").last.map(String.init) ?? ""
      let label = FileReference.isSafe(name: name) ? name : "file"
      let media = name.lastIndex(of: ".").map { CommandOutput.mediaType(of: String(name[name.index(after: $0)...])) }
      return Entry(
        path: found.path,
        file: SpooledFile(
          name: label, size: Int(found.facts.st_size), mediaType: media, descriptor: found.descriptor))
    }.sorted { NaturalOrder.areInOrder($0.path, $1.path) }
  }

  private func collect(
    _ descriptor: Int32, _ prefix: String, _ pattern: String, most: Int, into found: inout [Found]
  ) throws(NodeError) {
    var failure: NodeError?
    FolderRemoval.forEachEntry(of: descriptor) { folder, name in
      guard failure == nil else { return }
      // What is neither a file nor a folder (a pipe would block) is not even opened.
      var facts = stat()
      guard fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 else { return }
      let path = prefix + String(cString: name)
      do throws(NodeError) {
        switch facts.st_mode & S_IFMT {
        case S_IFDIR:
          fchmodat(folder, name, 0o700, 0)
          let inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
          try collect(inner, path + "/", pattern, most: most, into: &found)
        case S_IFREG where pattern == "**" || fnmatch(pattern, path, FNM_PATHNAME) == 0:
          guard found.count < most else { throw NodeError(.tooLarge, "the tool made more than \(most) files") }
          found.append(try Self.take(name, in: folder, path))
        default: break
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private static func take(_ name: UnsafePointer<CChar>, in folder: Int32, _ path: String) throws(NodeError) -> Found {
    // An archive can carry files that nobody may read.
    fchmodat(folder, name, 0o600, 0)
    let descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Workspace.failure(errno) }
    let owned = OwnedDescriptor(owning: descriptor)
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { throw Workspace.failure(EBADF) }
    return Found(path: path, descriptor: owned, facts: facts)
  }

  /// A hard link can lead to any file of this user: every name of a file has to be here.
  private func refuseForeignLinks(_ found: [Found]) throws(NodeError) {
    let names = Dictionary(grouping: found) { $0.facts.st_ino }
    for (_, links) in names where links[0].facts.st_nlink > links.count {
      throw NodeError(.skillFailed, "the tool made a link to a file outside of its output")
    }
  }
}

/// Compares texts as people do: numbers in them by their value.
enum NaturalOrder {
  static func areInOrder(_ left: String, _ right: String) -> Bool {
    var (left, right) = (Array(left.utf8)[...], Array(right.utf8)[...])
    while let a = left.first, let b = right.first {
      if isDigit(a), isDigit(b) {
        let (first, second) = (number(&left), number(&right))
        if first.count != second.count { return first.count < second.count }
        if first != second { return first.lexicographicallyPrecedes(second) }
      } else if a != b {
        return a < b
      } else {
        left.removeFirst()
        right.removeFirst()
      }
    }
    return left.count < right.count
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Takes the digits off the front, without leading zeros.
  private static func number(_ text: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let digits = text.prefix(while: isDigit)
    text = text[digits.endIndex...]
    return digits.drop { $0 == 0x30 }
  }
}
