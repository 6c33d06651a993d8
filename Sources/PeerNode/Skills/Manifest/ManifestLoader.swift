import Logging
internal import PeerModel

/// Reads the manifests of all folders into the library, at start and whenever the configuration is reloaded.
package struct ManifestLoader: Sendable {
  let folders: SkillFolders
  let settings: Settings
  let library: SkillLibrary
  private let logger = Logger(label: "Skills")

  /// Reads nothing yet.
  package init(folders: SkillFolders, settings: Settings, library: SkillLibrary) {
    self.folders = folders
    self.settings = settings
    self.library = library
  }

  /// Reads every manifest anew. One that is wrong does not stop the others; it is logged and shown.
  package func load() {
    var skills: [String: (skill: CommandSkill, file: String)] = [:]
    var warnings: [String] = []
    for folder in folders.fixed + settings.current.skills.dirs.map({ SkillFolder(path: $0) }) {
      for entry in folder.entries() {
        switch entry {
        case .refused(let file, let reason): warnings.append("\(file): \(reason)")
        case .manifest(let file, let bytes):
          do {
            let skill = try SkillManifest.read(bytes)
            if let earlier = skills[skill.name] {
              logger.notice(
                "a manifest overrides another",
                metadata: ["skill": "\(skill.name)", "file": "\(file)", "overridden": "\(earlier.file)"])
            }
            skills[skill.name] = (skill, file)
          } catch {
            warnings += error.error(file: file).message.split(separator: "\n").map(String.init)
          }
        }
      }
    }
    for warning in warnings { logger.warning("a skill's manifest is not used", metadata: ["error": "\(warning)"]) }
    library.replaceCommands(with: skills.values.map(\.skill), warnings: warnings)
  }
}
