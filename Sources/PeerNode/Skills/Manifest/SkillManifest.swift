package import PeerModel

/// A command skill as a file.
package enum SkillManifest {
  /// Bytes of a manifest.
  package static let maximumSize = 256 << 10

  /// Reads a manifest.
  /// - Throws: everything that is wrong with it, at least one fault.
  static func read(_ bytes: [UInt8]) throws(Faults) -> CommandSkill {
    guard bytes.count <= maximumSize else { throw Faults([tooLarge]) }
    var reader = ManifestReader()
    do throws(ConfigurationFault) {
      guard let root = try YAMLReader.read(bytes), !root.isNull else { throw .emptyManifest }
      if let skill = reader.skill(root) { return skill }
    } catch {
      reader.take(error)
    }
    throw Faults(reader.faults)
  }

  /// Reads a manifest.
  /// - Parameter file: what errors call the file.
  /// - Throws: ``NodeError`` `configuration`: one line a fault, at most ten, each `FILE:LINE: KEY: what is wrong`.
  package static func read(text: String, file: String) throws(NodeError) -> CommandSkill {
    do { return try read(Array(text.utf8)) } catch { throw error.error(file: file) }
  }

  static let tooLarge = ConfigurationFault(
    line: nil, "larger than \(maximumSize >> 10) KiB, which no manifest is", hint: "check that it is the right file")

  /// Everything that is wrong with a manifest.
  struct Faults: Error {
    /// By line.
    let all: [ConfigurationFault]

    init(_ faults: [ConfigurationFault]) { all = faults.sorted { ($0.line ?? 0) < ($1.line ?? 0) } }

    func error(file: String) -> NodeError { ConfigurationFault.error(all, file: file) }
  }
}

extension ConfigurationFault {
  fileprivate static let emptyManifest = ConfigurationFault(
    line: 1, "the manifest is empty", hint: "begin with: r skills new NAME")
}
