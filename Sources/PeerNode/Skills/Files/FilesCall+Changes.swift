internal import Glibc
internal import PeerModel

extension FilesCall {
  /// Where something is to be made: the folder, opened, and its name in it.
  /// - Throws: ``NodeError`` `invalid_arguments` for the root itself, `skill_failed` for a place that is kept apart.
  private func place(
    _ argument: String
  ) throws(NodeError) -> (folder: OwnedDescriptor, name: String, path: RelativePath) {
    let path = try path(argument)
    guard let name = path.steps.last else {
      throw NodeError(.invalidArguments, "/\(argument): must not be the root itself")
    }
    let folder = try root.folder(at: path.steps.dropLast())
    let identity = KeptApart.Identity(try RootFolder.facts(of: folder))
    guard !root.kept.has(name: name, in: identity) else { throw RootFolder.failure(EACCES, path.text) }
    return (folder, name, path)
  }

  /// Writes under a name that nobody looks for and gives it its own when it is whole and on disk.
  func write() async throws -> SkillOutput {
    try requireWrite()
    guard let file = arguments.files["file"] else { throw NodeError(.invalidArguments, "/file: must be given") }
    let (folder, name, path) = try place("path")
    let temporary = ".rd-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).new"
    let descriptor = openat(
      folder.rawValue, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw RootFolder.failure(errno, path.text) }
    let target = OwnedDescriptor(owning: descriptor)
    do {
      var offset = 0
      while case let chunk = try file.read(at: offset), !chunk.isEmpty {
        try Task.checkCancellation()
        try Self.write(chunk, to: target, path)
        offset += chunk.count
        await Task.yield()
      }
      guard fsync(target.rawValue) == 0 else { throw RootFolder.failure(errno, path.text) }
      try rename(temporary, in: folder, to: name, in: folder, path)
    } catch {
      unlinkat(folder.rawValue, temporary, 0)
      throw error
    }
    fsync(folder.rawValue)
    return SkillOutput(value: FolderEntry(path: path.text, try RootFolder.facts(of: target)).json("path"))
  }

  private static func write(_ bytes: [UInt8], to target: OwnedDescriptor, _ path: RelativePath) throws(NodeError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(target.rawValue, $0.baseAddress! + written, $0.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw RootFolder.failure(errno, path.text) }
      written += count
    }
  }

  /// Gives something its name. A plain file that has it is replaced when the caller asked for that; nothing else is.
  private func rename(
    _ name: String, in folder: OwnedDescriptor, to new: String, in target: OwnedDescriptor, _ path: RelativePath
  ) throws(NodeError) {
    var facts = stat()
    let isTaken = fstatat(target.rawValue, new, &facts, AT_SYMLINK_NOFOLLOW) == 0
    let mayReplace = flag("overwrite") && facts.st_mode & S_IFMT == S_IFREG && !root.kept.has(facts)
    guard !isTaken || mayReplace else { throw RootFolder.failure(EEXIST, path.text) }
    // A second name is never put in the place of anything, whatever came there since the look. Folders cannot have one,
    // and nothing but an empty folder gives way to them.
    if !isTaken, linkat(folder.rawValue, name, target.rawValue, new, 0) == 0 {
      unlinkat(folder.rawValue, name, 0)
      return
    }
    guard errno != EEXIST || isTaken else { throw RootFolder.failure(EEXIST, path.text) }
    guard renameat(folder.rawValue, name, target.rawValue, new) == 0 else {
      throw RootFolder.failure(errno, path.text)
    }
  }

  func makeFolder() throws(NodeError) -> SkillOutput {
    try requireWrite()
    let path = try path()
    guard !path.steps.isEmpty else { throw NodeError(.invalidArguments, "/path: must not be the root itself") }
    var folder = try root.folder(at: [])
    for (index, step) in path.steps.enumerated() {
      let shown = path.steps.prefix(index + 1).joined(separator: "/")
      let identity = KeptApart.Identity(try RootFolder.facts(of: folder))
      guard !root.kept.has(name: step, in: identity) else { throw RootFolder.failure(EACCES, shown) }
      let isLast = index == path.steps.count - 1
      guard mkdirat(folder.rawValue, step, 0o750) == 0 || (errno == EEXIST && !isLast) else {
        throw RootFolder.failure(errno, shown)
      }
      folder = try root.folder(at: path.steps.prefix(index + 1))
    }
    return SkillOutput(value: FolderEntry(path: path.text, try RootFolder.facts(of: folder)).json("path"))
  }

  func move() throws(NodeError) -> SkillOutput {
    try requireWrite()
    let (folder, name, path) = try place("path")
    let (target, new, to) = try place("to")
    let facts = try root.thing(at: path).facts
    guard !root.kept.isAbove(facts) else { throw RootFolder.failure(EACCES, path.text) }
    try rename(name, in: folder, to: new, in: target, to)
    return SkillOutput(value: FolderEntry(path: to.text, facts).json("path"))
  }

  func remove() async throws -> SkillOutput {
    try requireWrite()
    let (folder, name, path) = try place("path")
    let facts = try root.thing(at: path).facts
    guard !root.kept.isAbove(facts) else { throw RootFolder.failure(EACCES, path.text) }
    var removed = 0
    if facts.st_mode & S_IFMT == S_IFDIR {
      if flag("recursive") { try await empty(folder, name, path.text, depth: 0, &removed) }
      guard unlinkat(folder.rawValue, name, AT_REMOVEDIR) == 0 else { throw RootFolder.failure(errno, path.text) }
    } else if unlinkat(folder.rawValue, name, 0) != 0 {
      throw RootFolder.failure(errno, path.text)
    }
    return SkillOutput(value: ["path": .string(path.text), "removed": (removed + 1).json])
  }

  private func empty(
    _ above: OwnedDescriptor, _ name: String, _ path: String, depth: Int, _ removed: inout Int
  ) async throws {
    try Task.checkCancellation()
    await Task.yield()
    guard depth < RelativePath.maximumSteps else { throw NodeError(.tooLarge, "\(path) is nested too deep") }
    let descriptor = openat(above.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw RootFolder.failure(errno, path) }
    let folder = OwnedDescriptor(owning: descriptor)
    var entries: [(name: String?, facts: stat)] = []
    FolderTree.forEachEntry(of: folder, kept: root.kept) { entries.append(($0, $1)) }
    for entry in entries {
      guard let inner = entry.name else { continue }
      removed += 1
      guard removed <= FolderTree.mostEntries else {
        throw NodeError(.tooLarge, "there are more than \(FolderTree.mostEntries) things in the folder")
      }
      let shown = "\(path)/\(inner)"
      let isFolder = entry.facts.st_mode & S_IFMT == S_IFDIR
      if isFolder { try await empty(folder, inner, shown, depth: depth + 1, &removed) }
      guard unlinkat(folder.rawValue, inner, isFolder ? AT_REMOVEDIR : 0) == 0 else {
        throw RootFolder.failure(errno, shown)
      }
    }
  }
}
