internal import Glibc
package import PeerModel

/// The folder for temporary files of skills, closed to all other users.
package struct Workspace: Sendable {
  /// Absolute path of the folder.
  package let directory: String

  /// Makes the folder (mode 0700) when it is missing, and removes what an earlier process left in it.
  /// - Parameter directory: absolute path; its parent exists.
  /// - Throws: ``NodeError`` `configuration` when it cannot be made, is no folder, or belongs to somebody else.
  package init(directory: String) throws(NodeError) {
    self.directory = directory
    let made = mkdir(directory, 0o700)
    guard made == 0 || errno == EEXIST else { throw Self.unusable("cannot be made") }
    var status = stat()
    guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw Self.unusable("is not a folder")
    }
    guard status.st_uid == geteuid(), chmod(directory, 0o700) == 0 else {
      throw Self.unusable("belongs to another user")
    }
    removeLeftovers()
  }

  private static func unusable(_ reason: String) -> NodeError {
    NodeError(.configuration, "the folder for temporary files \(reason)", hint: "check the state directory")
  }

  /// Bytes that files of others never take: the database shares the disk, and decisions must always find room.
  static let floor: UInt64 = 64 << 20

  /// - Throws: ``NodeError`` `storage_full` when less than the floor is free.
  package func requireRoom() throws(NodeError) {
    var facts = statvfs()
    guard statvfs(directory, &facts) == 0, UInt64(facts.f_bavail) * UInt64(facts.f_frsize) >= Self.floor else {
      throw NodeError(.storageFull, "the disk of this node is too full to take files in")
    }
  }

  /// A writer for a new file.
  /// - Parameters:
  ///   - name: the file's label; it is not used as a path.
  ///   - mediaType: the media type, where known.
  ///   - limit: bytes that the file may have at most.
  /// - Throws: ``NodeError`` `storage_full` when the disk has no room, `internal` when no descriptor is left.
  package func makeWriter(name: String, mediaType: String? = nil, limit: Int) throws(NodeError) -> SpoolWriter {
    SpoolWriter(name: name, mediaType: mediaType, limit: limit, descriptor: try openNameless())
  }
}
