import Glibc
package import PeerModel

/// How many file descriptors there are, and who may take how many: connections are refused before the process runs out,
/// because one without descriptors can neither accept nor open its own files.
package struct DescriptorBudget: Sendable {
  /// Connections to the local socket at one time.
  package let localConnections: Int
  /// Connections to the peer port at one time.
  package let peerConnections: Int
  /// Connections to the readers' socket at one time.
  package let readerConnections: Int

  /// For the database, the log, the network, spooled files and outgoing connections.
  private static let reserve = 192

  /// - Parameter limit: descriptors of the process.
  /// - Throws: ``NodeError`` `configuration` when there are too few to work with.
  package init(limit: Int) throws(NodeError) {
    guard limit >= Self.reserve + 64 else {
      throw NodeError(
        .configuration, "only \(limit) file descriptors are allowed, \(Self.reserve + 64) are needed",
        hint: "ulimit -n 4096, or LimitNOFILE=4096 in the unit")
    }
    let free = limit - Self.reserve
    localConnections = min(1024, free / 4)
    peerConnections = min(2048, free / 2)
    readerConnections = min(128, free / 8)
  }

  /// Raises the soft limit to what the system allows, as nothing here uses select(2).
  /// - Throws: ``NodeError`` `configuration` when that is too little.
  package static func raised() throws(NodeError) -> DescriptorBudget {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0 else {
      return try DescriptorBudget(limit: 1024)
    }
    limit.rlim_cur = min(limit.rlim_max, 65_536)
    setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
    return try DescriptorBudget(limit: Int(limit.rlim_cur))
  }
}
