internal import Glibc

/// Removes whole folders without following symbolic links. What cannot be removed stays, for the next start to try.
enum FolderRemoval {
  /// Levels of folders that are entered. Each holds a descriptor, and a program could nest them without end.
  private static let maximumDepth = 64

  /// Removes the file or folder at `path`.
  static func remove(_ path: String) { remove(path, in: AT_FDCWD) }

  /// Removes the entry `name` of the folder that the descriptor `folder` refers to.
  static func remove(_ name: UnsafePointer<CChar>, in folder: Int32, depth: Int = 0) {
    guard unlinkat(folder, name, 0) != 0, errno == EISDIR, depth < maximumDepth else { return }
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var inner = openat(folder, name, flags)
    if inner < 0, errno == EACCES, fchmodat(folder, name, 0o700, 0) == 0 { inner = openat(folder, name, flags) }
    forEachEntry(of: inner) { remove($1, in: $0, depth: depth + 1) }
    unlinkat(folder, name, AT_REMOVEDIR)
  }

  /// Calls `body` with the folder's descriptor and each entry's name, as bytes: a name need not be UTF-8.
  /// - Parameter descriptor: of an open folder, closed on return; a negative one is an empty folder.
  static func forEachEntry(of descriptor: Int32, _ body: (Int32, UnsafePointer<CChar>) -> Void) {
    guard descriptor >= 0 else { return }
    guard let folder = fdopendir(descriptor) else {
      close(descriptor)
      return
    }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        let capacity = MemoryLayout.size(ofValue: tuple.pointee)
        tuple.withMemoryRebound(to: CChar.self, capacity: capacity) { name in
          if strcmp(name, ".") != 0, strcmp(name, "..") != 0 { body(descriptor, name) }
        }
      }
    }
  }
}
