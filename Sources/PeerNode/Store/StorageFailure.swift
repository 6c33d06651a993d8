import GRDB
package import PeerModel

extension NodeError {
  /// What a failure of the database means to a caller; nil for any other error.
  package init?(storage error: any Error) {
    guard let error = error as? DatabaseError else { return nil }
    switch error.resultCode {
    case .SQLITE_FULL, .SQLITE_IOERR:
      self.init(
        .storageFull, "the disk of this node is full; nothing was changed", hint: "make room in its state folder")
    case .SQLITE_BUSY, .SQLITE_LOCKED: self.init(.busy, "the database is busy", retryAfter: 1)
    default: return nil
    }
  }
}
