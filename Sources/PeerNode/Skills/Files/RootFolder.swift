internal import Glibc
internal import PeerModel

/// A configured folder, and the one way from it to what is in it: step by step, each step opened inside of the one
/// before, and never through a symbolic link, so nothing that happens to the tree meanwhile leads out of it.
struct RootFolder: Sendable {
  /// The name that callers use.
  let name: String
  /// Whether callers may change what is in it.
  let isWritable: Bool
  let kept: KeptApart
  private let top: OwnedDescriptor

  /// A descriptor that only names a file and can do nothing with it; Glibc's overlay has no O_PATH (asm-generic).
  static let nameOnly: Int32 = 0o10_000_000

  /// Opens the folder itself. Links in its own path are its owner's.
  /// - Throws: ``NodeError`` `skill_unavailable` when it cannot be used.
  init(name: String, root: Configuration.Root, kept: KeptApart) throws(NodeError) {
    let descriptor = Glibc.open(root.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.unusable(name, errno) }
    self.name = name
    self.kept = kept
    isWritable = root.write
    top = OwnedDescriptor(owning: descriptor)
    if try Self.isWithin(kept, top) { throw Self.unusable(name, EACCES) }
  }

  /// Whether the folder, or one above it, is kept apart.
  private static func isWithin(_ kept: KeptApart, _ folder: OwnedDescriptor) throws(NodeError) -> Bool {
    var folder = folder
    var facts = try facts(of: folder)
    while !kept.has(facts) {
      let descriptor = openat(folder.rawValue, "..", nameOnly | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw failure(errno, "a folder") }
      folder = OwnedDescriptor(owning: descriptor)
      let above = try Self.facts(of: folder)
      // The top of the file system is its own parent.
      if KeptApart.Identity(above) == KeptApart.Identity(facts) { return false }
      facts = above
    }
    return true
  }

  private static func unusable(_ name: String, _ number: Int32) -> NodeError {
    NodeError(
      .skillUnavailable, "the folder of the root \(name) cannot be opened: \(String(cString: strerror(number)))",
      hint: "on the node: check fs.roots.\(name).path; for the service, sudo systemctl edit rd and add "
        + "BindPaths= and ReadWritePaths= of the folder below [Service]")
  }

  /// The folder at a path.
  /// - Throws: ``NodeError`` `skill_failed` when there is none, or the way to it leads through something else.
  func folder(at steps: ArraySlice<String>) throws(NodeError) -> OwnedDescriptor {
    var folder = top
    for (index, step) in steps.enumerated() {
      let descriptor = openat(folder.rawValue, step, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let path = steps.prefix(index + 1).joined(separator: "/")
      guard descriptor >= 0 else { throw Self.failure(errno, path) }
      let above = folder
      folder = OwnedDescriptor(owning: descriptor)
      try refuse(try Self.facts(of: folder), step, in: above, path)
    }
    return folder
  }

  /// The thing at a path, named but not opened.
  /// - Throws: ``NodeError`` `skill_failed`.
  func thing(at path: RelativePath) throws(NodeError) -> (descriptor: OwnedDescriptor, facts: stat) {
    guard let last = path.steps.last else { return (top, try Self.facts(of: top)) }
    let folder = try folder(at: path.steps.dropLast())
    let descriptor = openat(folder.rawValue, last, Self.nameOnly | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(errno, path.text) }
    let owned = OwnedDescriptor(owning: descriptor)
    let facts = try Self.facts(of: owned)
    try refuse(facts, last, in: folder, path.text)
    return (owned, facts)
  }

  /// A plain file, opened for reading. What is a pipe, a device or a socket is never opened.
  /// - Throws: ``NodeError`` `skill_failed`.
  func file(at path: RelativePath) throws(NodeError) -> (descriptor: OwnedDescriptor, facts: stat) {
    let (descriptor, facts) = try thing(at: path)
    guard facts.st_mode & S_IFMT == S_IFREG else {
      throw NodeError(.skillFailed, "\(path.text) is \(EntryKind(facts).article), not a plain file")
    }
    let readable = Glibc.open("/proc/self/fd/\(descriptor.rawValue)", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard readable >= 0 else { throw Self.failure(errno, path.text) }
    return (OwnedDescriptor(owning: readable), facts)
  }

  /// - Throws: ``NodeError`` `skill_failed`, as if it were not there.
  private func refuse(_ facts: stat, _ name: String, in folder: OwnedDescriptor, _ path: String) throws(NodeError) {
    let identity = KeptApart.Identity(try Self.facts(of: folder))
    guard !kept.has(facts, named: name, in: identity) else { throw Self.failure(ENOENT, path) }
  }

  static func facts(of descriptor: OwnedDescriptor) throws(NodeError) -> stat {
    var facts = stat()
    guard fstat(descriptor.rawValue, &facts) == 0 else { throw failure(errno, "a file") }
    return facts
  }

  /// The error for an `errno` of an operation on what a caller named.
  static func failure(_ number: Int32, _ path: String) -> NodeError {
    switch number {
    case ENOENT: NodeError(.skillFailed, "there is no \(path)")
    case ELOOP: NodeError(.skillFailed, "\(path) is a symbolic link, which is not followed")
    case ENOTDIR: NodeError(.skillFailed, "\(path) is not a folder, or a symbolic link, which is not followed")
    case EEXIST: NodeError(.skillFailed, "\(path) is there already")
    case ENOTEMPTY: NodeError(.skillFailed, "\(path) is a folder that is not empty")
    case ENOSPC, EDQUOT: NodeError(.storageFull, "there is no space left for \(path)")
    case EACCES, EPERM: NodeError(.skillFailed, "the node itself may not do this with \(path)")
    default: NodeError(.skillFailed, "\(path): \(String(cString: strerror(number)))")
    }
  }
}
