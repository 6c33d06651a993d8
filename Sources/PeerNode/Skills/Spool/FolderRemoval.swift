internal import Glibc

/// Removes whole folders without following symbolic links. What cannot be removed stays, for the next start to try.
enum FolderRemoval {
  /// Levels of folders that are entered at one time, each of which holds a descriptor. What is deeper is moved up.
  private static let maximumDepth = 64

  /// Removes the file or folder at `path`.
  static func remove(_ path: String) { remove(path, in: AT_FDCWD) }

  /// Removes the entry `name` of the folder that the descriptor `folder` refers to.
  static func remove(_ name: UnsafePointer<CChar>, in folder: Int32) {
    var moved = 0
    repeat {
      let before = moved
      remove(name, in: folder, depth: 0, top: nil, &moved)
      // A program could nest folders without end: each round takes one depth off all of them.
      if moved == before { return }
    } while true
  }

  private static func remove(
    _ name: UnsafePointer<CChar>, in folder: Int32, depth: Int, top: Int32?, _ moved: inout Int
  ) {
    guard unlinkat(folder, name, 0) != 0, errno == EISDIR else { return }
    if depth >= maximumDepth, let top {
      fchmodat(folder, name, 0o700, 0)
      if renameat(folder, name, top, "rd-deep-\(UInt64.random(in: 0...UInt64.max))") == 0 { moved += 1 }
      return
    }
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    var inner = openat(folder, name, flags)
    if inner < 0, errno == EACCES, fchmodat(folder, name, 0o700, 0) == 0 { inner = openat(folder, name, flags) }
    forEachEntry(of: inner) { remove($1, in: $0, depth: depth + 1, top: top ?? $0, &moved) }
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
