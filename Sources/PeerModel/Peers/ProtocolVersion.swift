/// The version of the protocol between nodes: another major is refused, a newer minor is accepted.
package struct ProtocolVersion: Hashable, Sendable, CustomStringConvertible {
  package var major: Int
  package var minor: Int

  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// What this build speaks.
  package static let current = ProtocolVersion(major: 1, minor: 0)

  package init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, text.utf8.count <= 16, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0,
      minor >= 0
    else { return nil }
    self.init(major: major, minor: minor)
  }

  package var description: String { "\(major).\(minor)" }

  /// - Throws: ``NodeError`` `unsupported_version` that names both versions.
  package func checkCompatible(with other: ProtocolVersion) throws(NodeError) {
    guard major == other.major else {
      throw NodeError(
        .unsupportedVersion, "this node speaks protocol \(self), the other one \(other)",
        hint: "update the older of the two nodes")
    }
  }
}

/// The version of this software.
package enum Software {
  package static let version = "0.1.0"
  /// Protocol features that peers may ask about, in `capabilities`.
  package static let capabilities = ["skills", "frames"]
}
