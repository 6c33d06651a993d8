internal import PeerModel

/// Reads one tool of a manifest.
struct ToolReader {
  let name: String
  let programs: [String: (package: String, line: Int)]
  let limits: CommandLimits
  /// Where faults go.
  var reader: ManifestReader
  var arguments = ManifestArguments()
  /// Arguments that the program gets.
  var usedArguments: Set<String> = []
  /// Literal text of the words, for what they say of `in` and `out`.
  var literals: [String] = []
  private(set) var usedPrograms: Set<String> = []
  /// Whether the words of its programs are known, so that what they do not use is not used.
  private(set) var isComplete = true

  var place: String { "tools.\(ConfigurationFault.shown(name))" }

  init(
    name: String, programs: [String: (package: String, line: Int)], limits: CommandLimits, reader: ManifestReader
  ) {
    self.name = name
    self.programs = programs
    self.limits = limits
    self.reader = reader
  }

  /// nil when the tool is not one at all.
  mutating func tool(_ node: YAMLNode, line: Int) -> CommandTool? {
    if !ManifestArguments.isName(name) {
      reader.fault(line, place, "is no name of a tool: letters, digits and _, at most 64")
    }
    guard let section = reader.section(node, .tool, at: place) else {
      isComplete = false
      return nil
    }
    let summary = reader.sentence("description", in: section)
    let isReadOnly = reader.flag("read_only", in: section)
    readArguments(section)
    let steps = steps(section)
    let output = output(section)
    let needs = needs(section)
    let inputs = inputs(section)
    let environment = environment(section)
    let files = files(section)
    let advice = advice(section)
    let limits = reader.limits(section["limits"], at: "\(place).limits", limits)
    if isComplete { checkUse() }
    let description = ToolDescription(
      name: name, summary: summary, arguments: arguments.schema, isReadOnly: isReadOnly)
    var tool = CommandTool(description, steps: steps, output: output, limits: limits)
    tool.needs = needs
    tool.inputs = inputs
    tool.environment = environment
    tool.files = files
    tool.advice = advice
    tool.defaults = arguments.defaults
    return tool
  }

  private mutating func steps(_ section: ManifestReader.Section) -> [CommandStep] {
    guard let node = section["steps"] else {
      guard section["run"] != nil else {
        isComplete = false
        if !section.misspelled.contains("run"), !section.misspelled.contains("steps") {
          reader.fault(section.line, "\(place).run", "missing; it takes a list of words, the first one a program")
        }
        return []
      }
      return step(section, each: nil).map { [$0] } ?? []
    }
    for key in ["run", "stdin", "success"] {
      if let extra = section[key] {
        reader.fault(extra.line, "\(place).\(key)", "a tool with steps has it in its steps")
      }
    }
    guard case .list(let elements) = node.content, !elements.isEmpty else {
      isComplete = false
      reader.mismatch(node, "\(place).steps", expected: "a list of steps, each with run")
      return []
    }
    var steps: [CommandStep] = []
    for (index, element) in elements.enumerated() {
      guard let step = reader.section(element, .step, at: "\(place).steps[\(index)]") else {
        isComplete = false
        continue
      }
      let each = reader.text("for_each", in: step)
      if let each, let line = step["for_each"]?.line {
        if index == 0 { reader.fault(line, step.place(of: "for_each"), "no step before this one makes files") }
        checkPattern(each, line, step.place(of: "for_each"))
      }
      if let step = self.step(step, each: each) { steps.append(step) }
    }
    return steps
  }

  private mutating func step(_ section: ManifestReader.Section, each: String?) -> CommandStep? {
    let words = reader.list("run", in: section)
    let input = standardInput(section)
    let success = success(section)
    guard let node = section["run"], case .list = node.content else {
      isComplete = false
      return nil
    }
    guard let first = words.first else {
      reader.fault(node.line, section.place(of: "run"), "empty; the first word is the program")
      return nil
    }
    let program = program(first, section.place(of: "run"))
    let parts = template(words.dropFirst(), at: section.place(of: "run"), hasEach: each != nil)
    if each != nil, !parts.flatMap({ CommandTemplate([$0]).words }).contains(where: { $0.pieces.contains(.each) }) {
      reader.fault(node.line, section.place(of: "run"), "for_each has no effect without the word <each>")
    }
    return CommandStep(
      program ?? Program(name: "", package: ""), CommandTemplate(parts), input: input, forEach: each, success: success)
  }

  private mutating func program(_ node: YAMLNode, _ place: String) -> Program? {
    guard case .scalar(.string(let name)) = node.content else {
      reader.mismatch(node, place, expected: "the program as the first word")
      return nil
    }
    guard !name.contains("<") else {
      reader.fault(node.line, place, "the program is fixed: a caller's value must not choose it")
      return nil
    }
    return known(name, node.line, place)
  }

  /// The program of that name, as `programs` has it.
  private mutating func known(_ name: String, _ line: Int, _ place: String) -> Program? {
    usedPrograms.insert(name)
    if let problem = ProgramRule.problem(with: name) {
      reader.fault(line, place, problem.what, hint: problem.hint)
      return nil
    }
    guard let entry = programs[name] else {
      let near = Spelling.nearest(to: name, among: programs.keys.sorted()).map { ", did you mean \($0)?" } ?? ""
      reader.fault(
        line, place, "\(name) is not among programs\(near)",
        hint: near.isEmpty ? "name its Debian package there: programs: {\(name): PACKAGE}" : nil)
      return nil
    }
    return Program(name: name, package: entry.package)
  }

  private mutating func needs(_ section: ManifestReader.Section) -> [Program] {
    reader.list("needs", in: section, orOne: true).compactMap { node in
      reader.text(node, "\(place).needs", expected: "a program").flatMap { known($0, node.line, "\(place).needs") }
    }
  }

  private mutating func standardInput(_ section: ManifestReader.Section) -> String? {
    guard let name = reader.text("stdin", in: section), let line = section["stdin"]?.line else { return nil }
    let bare = name.hasPrefix("<") && name.hasSuffix(">") ? String(name.dropFirst().dropLast()) : name
    let place = section.place(of: "stdin")
    guard let argument = arguments.known[bare] else {
      reader.fault(line, place, "there is no argument \(name)\(arguments.suggestion(for: bare))")
      return nil
    }
    usedArguments.insert(bare)
    if bare != name {
      reader.fault(line, place, "the argument's name stands here without < and >, did you mean \(bare)?")
    } else if !argument.isFile || argument.isList {
      reader.fault(line, place, "\(bare) is not a file", hint: "declare it as \(bare): {format: file}")
    }
    return bare
  }

  private mutating func success(_ section: ManifestReader.Section) -> Set<Int32> {
    guard section["success"] != nil else { return [0] }
    let statuses = reader.list("success", in: section, orOne: true).compactMap { node -> Int32? in
      if case .scalar(.integer(let value)) = node.content, (0...255).contains(value) { return Int32(value) }
      reader.mismatch(node, section.place(of: "success"), expected: "exit statuses from 0 to 255")
      return nil
    }
    return Set(statuses)
  }

  /// Every argument has an effect.
  private mutating func checkUse() {
    for (name, argument) in arguments.known.sorted(by: { $0.value.line < $1.value.line })
    where !usedArguments.contains(name) {
      let place = "\(place).arguments.\(name)"
      guard argument.isFile else {
        reader.fault(argument.line, place, "is never used", hint: "put <\(name)> into run, or leave it out")
        continue
      }
      // A folder of files may be named as a whole.
      if literals.contains(where: { $0.contains("\(RunFolder.input)/\(name)") }) { continue }
      reader.fault(
        argument.line, place, "the file is given to no program",
        hint: argument.isList ? "put <\(name)> into run" : "put <\(name)> into run, or write stdin: \(name)")
    }
  }
}
