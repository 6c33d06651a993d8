internal import Glibc
internal import PeerModel

/// Looks after what programs put into their folder while they run: a small archive can hold files of any size.
struct FolderUsage: Sendable {
  /// Absolute path.
  let folder: String
  /// Bytes on disk that the programs may add.
  let limit: Int
  /// Bytes that were in it before.
  private let before: Int

  /// How often it looks. What a program writes in that time is the most that it can exceed the limit by.
  private static let interval = Duration.milliseconds(200)
  private static let maximumDepth = 60

  /// Looks at what is there now.
  init(folder: String, limit: Int) {
    self.folder = folder
    self.limit = limit
    before = Self.count(folder).bytes
  }

  /// Looks until it is cancelled.
  /// - Throws: ``NodeError`` `too_large`, `CancellationError`.
  func watch() async throws {
    while true {
      try await Task.sleep(for: Self.interval)
      try check()
    }
  }

  /// - Throws: ``NodeError`` `too_large` when there is too much in the folder.
  func check() throws(NodeError) {
    let count = Self.count(folder)
    guard count.bytes - before <= limit else {
      throw NodeError(.tooLarge, "the tool wrote more than its limit of \(limit) bytes")
    }
    guard count.entries <= RunFolder.maximumEntries else {
      throw NodeError(.tooLarge, "the tool made more than \(RunFolder.maximumEntries) files")
    }
    guard !count.isTooDeep else {
      throw NodeError(.tooLarge, "the tool nested folders deeper than \(Self.maximumDepth) levels")
    }
  }

  private struct Count {
    var bytes = 0
    var entries = 0
    var isTooDeep = false
  }

  private static func count(_ folder: String) -> Count {
    var count = Count()
    add(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), depth: 0, to: &count)
    return count
  }

  private static func add(_ descriptor: Int32, depth: Int, to count: inout Count) {
    FolderRemoval.forEachEntry(of: descriptor) { folder, name in
      count.entries += 1
      guard count.entries <= RunFolder.maximumEntries else { return }
      var facts = stat()
      guard fstatat(folder, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 else { return }
      count.bytes += Int(facts.st_blocks) * 512
      guard facts.st_mode & S_IFMT == S_IFDIR else { return }
      guard depth < maximumDepth else { return count.isTooDeep = true }
      add(openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), depth: depth + 1, to: &count)
    }
  }
}
