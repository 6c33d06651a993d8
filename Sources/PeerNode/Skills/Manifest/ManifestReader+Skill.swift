internal import PeerModel

extension ManifestReader {
  /// Tools of one skill.
  static let maximumTools = 64

  /// The skill that a manifest describes; faults are remembered, and nil is returned when it has any.
  mutating func skill(_ root: YAMLNode) -> CommandSkill? {
    guard let top = section(root, .manifest, at: "") else { return nil }
    let name = name(top)
    let summary = sentence("description", in: top)
    let programs = programs(top)
    let limits = limits(top["limits"], at: "limits", CommandLimits.ofManifests)
    var tools: [CommandTool] = []
    var used: Set<String> = []
    var isComplete = true
    if let node = top["tools"] {
      let members = mapping(node, at: "tools", expected: "tools by name")
      if members.isEmpty, case .mapping = node.content { fault(node.line, "tools", "a skill has at least one tool") }
      if members.count > Self.maximumTools {
        fault(node.line, "tools", "a skill has at most \(Self.maximumTools) tools")
      }
      for member in members.prefix(Self.maximumTools) {
        var reader = ToolReader(name: member.key, programs: programs ?? [:], limits: limits, reader: self)
        if let tool = reader.tool(member.value, line: member.line) { tools.append(tool) }
        used.formUnion(reader.usedPrograms)
        isComplete = isComplete && reader.isComplete
        self = reader.reader
      }
    }
    for (program, entry) in (programs ?? [:]).sorted(by: { $0.key < $1.key })
    where isComplete && !used.contains(program) {
      fault(entry.line, "programs.\(program)", "no tool runs it", hint: "use it in run or needs, or leave it out")
    }
    return faults.isEmpty ? CommandSkill(name: name, summary: summary, tools: tools) : nil
  }

  private mutating func name(_ top: Section) -> String {
    guard let name = text("name", in: top), let line = top["name"]?.line else { return "" }
    if name == SkillService.ownSkill || BuiltInSkills.names.contains(name) {
      fault(line, "name", "the skill \(name) is built in; choose another name")
    } else if name.contains(".") || TextRule.skill.problem(with: name) != nil {
      fault(line, "name", "\(JSONValue.string(name).text) is no skill name: letters, digits, - and _, at most 64")
    }
    return name
  }

  /// The programs with their packages; nil when the key is missing or wrong, so that tools are not blamed for it.
  private mutating func programs(_ top: Section) -> [String: (package: String, line: Int)]? {
    guard let node = top["programs"] else { return nil }
    var programs: [String: (package: String, line: Int)] = [:]
    for member in mapping(node, at: "programs", expected: "programs, each with its Debian package, such as qpdf: qpdf")
    {
      let place = "programs.\(ConfigurationFault.shown(member.key))"
      programs[member.key] = ("", member.line)
      if let problem = ProgramRule.problem(with: member.key) {
        fault(member.line, place, problem.what, hint: problem.hint)
        continue
      }
      guard !member.value.isNull else {
        fault(
          member.line, place, "the Debian package that brings \(member.key) is missing",
          hint: "dpkg -S bin/\(member.key)")
        continue
      }
      guard let package = text(member.value, place, expected: "the name of a Debian package") else { continue }
      guard ProgramRule.isPackage(package) else {
        fault(member.value.line, place, "\(JSONValue.string(package).text) is no name of a Debian package")
        continue
      }
      programs[member.key] = (package, member.line)
    }
    return programs
  }

  /// The limits of a section, with those of `base` for what it does not say.
  mutating func limits(_ node: YAMLNode?, at place: String, _ base: CommandLimits) -> CommandLimits {
    guard let node, let section = section(node, .limits, at: place) else { return base }
    var limits = base
    if let seconds = duration("seconds", in: section, 1...86_400) {
      limits.seconds = seconds
      limits.processorSeconds = seconds * 4
    }
    if let bytes = size("memory", in: section, (16 << 20)...(64 << 30)) { limits.memoryBytes = bytes }
    if let bytes = size("output", in: section, (1 << 10)...(4 << 30)) { limits.outputBytes = bytes }
    if let bytes = size("disk", in: section, (1 << 20)...(64 << 30)) { limits.diskBytes = bytes }
    if let files = integer("files", in: section, 1...1000) { limits.files = files }
    return limits
  }
}

extension CommandLimits {
  /// What a manifest's tools may use unless it says otherwise.
  static let ofManifests = CommandLimits(seconds: 60, processorSeconds: 240, outputBytes: 256 << 20)
}

/// Which programs a manifest may run.
enum ProgramRule {
  /// Programs that read commands, or run another program that their arguments name: with them a value could become one.
  private static let refused: Set<String> = [
    "sh", "bash", "dash", "zsh", "fish", "ksh", "mksh", "csh", "tcsh", "rbash", "busybox", "toybox", "env", "xargs",
    "sudo", "su", "doas", "runuser", "setpriv", "nohup", "setsid", "timeout", "nice", "ionice", "chroot", "unshare",
    "nsenter", "script", "watch", "parallel", "prlimit", "systemd-run", "eval", "exec",
  ]

  /// What is wrong with a program's name, and what to do about it.
  static func problem(with name: String) -> (what: String, hint: String)? {
    if let slash = name.lastIndex(of: "/") {
      let last = name[name.index(after: slash)...]
      return (
        "a program is named without its path, did you mean \(last)?",
        "programs are found in /usr/local/bin, /usr/bin and /bin"
      )
    }
    if refused.contains(name) {
      return (
        "\(name) runs other commands, so a caller's value could become one",
        "run the program itself; a list of words needs no shell"
      )
    }
    let isPlain = name.utf8.allSatisfy(isPlain) && !name.hasPrefix("-") && !name.hasPrefix(".")
    guard isPlain, !name.isEmpty, name.utf8.count <= 64 else {
      return (
        "\(JSONValue.string(name).text) is no name of a program", "each word stands by itself: [pdftotext, -layout]"
      )
    }
    return nil
  }

  /// Debian Policy, section 5.6.1.
  static func isPackage(_ name: String) -> Bool {
    name.utf8.count >= 2 && name.utf8.count <= 100 && name == name.lowercased() && name.utf8.allSatisfy(isPlain)
      && !name.contains("_") && name.utf8.first.map { isPlain($0) && !"+-.".utf8.contains($0) } == true
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || "+-._".utf8.contains(byte)
  }
}
