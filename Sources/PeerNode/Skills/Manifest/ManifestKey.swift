internal import PeerModel

/// One key of a manifest: the row that checking, error texts and the reference page share.
struct ManifestKey: Sendable {
  /// The kind of section that a key stands in.
  enum Section: String, CaseIterable, Sendable {
    case manifest, tool, step, when, input, output, limits

    /// How the reference page calls it.
    var title: String {
      switch self {
      case .manifest: "The manifest"
      case .tool: "`tools.NAME`: a tool"
      case .step: "`tools.NAME.steps[]`: one of several programs"
      case .when: "`{when: …}` among the words of `run`"
      case .input: "`tools.NAME.inputs.ARGUMENT`: how a file is named"
      case .output: "`tools.NAME.output`: what the caller gets"
      case .limits: "`limits` and `tools.NAME.limits`"
      }
    }

    /// How an error calls it, at the end of a sentence.
    var place: String {
      switch self {
      case .manifest: "at the top of the manifest"
      case .tool: "in a tool"
      case .step: "in a step"
      case .when: "in a part with when"
      case .input: "in an input"
      case .output: "in output"
      case .limits: "in limits"
      }
    }
  }

  let section: Section
  let name: String
  let isRequired: Bool
  /// Which values it takes, for the end of "expected".
  let takes: String
  /// What it means, in Markdown.
  let meaning: String

  init(_ section: Section, _ name: String, required: Bool = false, _ takes: String, _ meaning: String) {
    self.section = section
    self.name = name
    isRequired = required
    self.takes = takes
    self.meaning = meaning
  }

  /// The keys of one kind of section.
  static func keys(in section: Section) -> [ManifestKey] { table.filter { $0.section == section } }

  /// What the key that does not exist was probably meant to be, as the end of a sentence.
  static func suggestion(for name: String, in section: Section) -> String {
    let siblings = keys(in: section).map(\.name)
    if let meant = synonyms[name] {
      if siblings.contains(meant) { return ", did you mean \(meant)?" }
      if let elsewhere = table.first(where: { $0.name == meant }) {
        return ", did you mean \(meant) \(elsewhere.section.place)?"
      }
    }
    if let elsewhere = table.first(where: { $0.name == name }) { return "; it stands \(elsewhere.section.place)" }
    return Spelling.nearest(to: name, among: siblings).map { ", did you mean \($0)?" } ?? ""
  }

  /// Words that other formats have for these keys.
  private static let synonyms = [
    "args": "arguments", "parameters": "arguments", "input_schema": "arguments", "inputSchema": "arguments",
    "command": "run", "cmd": "run", "exec": "run", "argv": "run", "summary": "description", "desc": "description",
    "env": "environment", "timeout": "seconds", "readonly": "read_only", "readOnly": "read_only", "input": "stdin",
    "packages": "programs", "requires": "programs", "returns": "output", "type": "form", "kind": "form",
    "exit": "success", "id": "name", "title": "name", "then": "add", "equals": "is",
  ]
}
