internal import Glibc
internal import PeerModel

/// A folder of manifests.
package struct SkillFolder: Hashable, Sendable {
  /// Absolute path.
  package var path: String
  /// Users whose files count beside root's and this process's own.
  package var owners: Set<UInt32>
  /// Groups whose members may write in it.
  package var groups: Set<UInt32>

  /// A folder, whether or not it exists.
  package init(path: String, owners: Set<UInt32> = [], groups: Set<UInt32> = []) {
    self.path = path
    self.owners = owners
    self.groups = groups
  }

  /// Manifests of one folder.
  static let maximumFiles = 256

  /// The contents of a file, or why it cannot be used.
  enum Entry {
    case manifest(file: String, [UInt8])
    case refused(file: String, String)
  }

  /// The manifests (`*.yaml`, `*.yml`), by name. A folder that does not exist has none.
  func entries() -> [Entry] {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      return errno == ENOENT ? [] : [.refused(file: path, "cannot be read: \(String(cString: strerror(errno)))")]
    }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { return [] }
    if let reason = danger(in: facts, path) {
      close(descriptor)
      return [.refused(file: path, reason)]
    }
    var names: [String] = []
    var entries: [String: Entry] = [:]
    FolderRemoval.forEachEntry(of: descriptor) { folder, bytes in
      let name = String(cString: bytes)
      guard name.hasSuffix(".yaml") || name.hasSuffix(".yml"), !name.hasPrefix(".") else { return }
      names.append(name)
      if names.count <= Self.maximumFiles { entries[name] = entry(bytes, in: folder, name) }
    }
    var list = entries.sorted { $0.key < $1.key }.map(\.value)
    if names.count > Self.maximumFiles {
      list.append(.refused(file: path, "has \(names.count) manifests, of which \(Self.maximumFiles) are read"))
    }
    return list
  }

  private func entry(_ bytes: UnsafePointer<CChar>, in folder: Int32, _ name: String) -> Entry {
    let file = "\(path)/\(name)"
    // Not blocking: a pipe of that name would never open.
    let descriptor = openat(folder, bytes, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { return .refused(file: file, "cannot be read: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      return .refused(file: file, "is no file")
    }
    if let reason = danger(in: facts, file) { return .refused(file: file, reason) }
    var contents = [UInt8](repeating: 0, count: SkillManifest.maximumSize + 1)
    var count = 0
    while count < contents.count {
      let more = contents.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + count, $0.count - count) }
      if more < 0, errno == EINTR { continue }
      guard more >= 0 else { return .refused(file: file, "cannot be read: \(String(cString: strerror(errno)))") }
      if more == 0 { break }
      count += more
    }
    return .manifest(file: file, Array(contents[..<count]))
  }

  /// A manifest decides which programs run as this user: nobody else may be able to write it.
  private func danger(in facts: stat, _ path: String) -> String? {
    guard facts.st_uid == 0 || facts.st_uid == geteuid() || owners.contains(facts.st_uid) else {
      return "belongs to user \(facts.st_uid), who could change it; only root and rd's own user may"
    }
    let isOpen = facts.st_mode & S_IWOTH != 0 || facts.st_mode & S_IWGRP != 0 && !groups.contains(facts.st_gid)
    guard !isOpen else {
      return "can be written by others than its owner: chmod go-w \(path)"
    }
    return nil
  }
}
