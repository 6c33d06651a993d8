internal import Glibc

/// Where manifests are looked for; those of a later folder override those of an earlier one.
package struct SkillFolders: Hashable, Sendable {
  /// Folders that do not come from the configuration, in order.
  package var fixed: [SkillFolder]

  /// These folders.
  package init(fixed: [SkillFolder]) { self.fixed = fixed }

  /// The folder of manifests under the installation's prefix and in a checkout.
  private static let installed = "share/r-cli/skills.d"
  private static let checkout = "Sources/skills.d"

  /// The folders of a process: the shipped one, the machine's, and the user's.
  /// - Parameters:
  ///   - executable: absolute path of the running program.
  ///   - userFolder: `~/.r-cli` of a login user; nil for a service.
  package static func standard(executable: String, userFolder: String?) -> SkillFolders {
    var folders = [shipped(executable: executable), SkillFolder(path: "/etc/r-cli/skills.d")].compactMap { $0 }
    if let userFolder { folders.append(SkillFolder(path: userFolder + "/skills.d")) }
    return SkillFolders(fixed: folders)
  }

  /// The folder that came with the program: under its prefix when it is installed, else in the checkout that it was
  /// built in. There whoever can replace the program may also write its manifests.
  package static func shipped(executable: String) -> SkillFolder? {
    let steps = executable.split(separator: "/")
    let above = (0..<max(0, steps.count)).reversed().map { "/" + steps[..<$0].joined(separator: "/") }
    if let prefix = above.dropFirst().first {
      let folder = (prefix == "/" ? "" : prefix) + "/" + installed
      if isFolder(folder) { return SkillFolder(path: folder) }
    }
    var program = stat()
    let isKnown = stat(executable, &program) == 0
    let owners: Set<UInt32> = isKnown ? [program.st_uid] : []
    let groups: Set<UInt32> = isKnown && program.st_mode & S_IWGRP != 0 ? [program.st_gid] : []
    for folder in above where folder != "/" && isFolder("\(folder)/\(checkout)") {
      return SkillFolder(path: "\(folder)/\(checkout)", owners: owners, groups: groups)
    }
    return nil
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
