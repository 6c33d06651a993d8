import Crypto
package import PeerModel
import Synchronization

/// The list of skills that peers see, with a mark that changes when it does.
package struct ExposedSkills: Hashable, Sendable {
  package let skills: [SkillDescription]
  /// The first 16 digits of the SHA-256 of the list's JSON.
  package let version: String

  package init(_ skills: [SkillDescription]) {
    self.skills = skills
    version = Hexadecimal.text(SHA256.hash(data: skills.json.bytes).prefix(8))
  }
}

/// Remembers the mark for a second: making the list looks for programs on disk, and every answer to a peer carries it.
final class ExposedVersion: Sendable {
  private let kept = Mutex<(version: String, at: ContinuousClock.Instant)?>(nil)
  private static let lifetime = Duration.seconds(1)

  func note(_ version: String) { kept.withLock { $0 = (version, .now) } }

  func current(_ make: () async -> ExposedSkills) async -> String {
    if let kept = kept.withLock(\.self), .now - kept.at < Self.lifetime { return kept.version }
    let version = await make().version
    note(version)
    return version
  }
}
