internal import PeerModel

extension ToolReader {
  mutating func output(_ section: ManifestReader.Section) -> CommandOutput {
    guard let node = section["output"] else { return .text }
    let place = "\(place).output"
    if case .scalar = node.content {
      guard let text = reader.text(node, place, expected: "output, or its form alone"),
        let form = form(text, node.line, place)
      else { return .text }
      if form == .files { reader.fault(node.line, place, "files needs a path: {form: files, path: \"*.png\"}") }
      return CommandOutput(form)
    }
    guard let output = reader.section(node, .output, at: place) else { return .text }
    guard let text = reader.text("form", in: output),
      let form = form(text, output["form"]?.line ?? node.line, output.place(of: "form"))
    else { return .text }
    let path = reader.text("path", in: output)
    if let path, let line = output["path"]?.line { checkPath(path, form, line, output.place(of: "path")) }
    if path == nil, form == .files {
      reader.fault(node.line, output.place(of: "path"), "missing; files has a pattern here")
    }
    let suffix = reader.text("extension", in: output).map {
      fileExtension($0, output["extension"]?.line ?? node.line, output.place(of: "extension"))
    }
    return CommandOutput(form, path: path, fileExtension: suffix, mediaType: mediaType(output))
  }

  private mutating func form(_ text: String, _ line: Int, _ place: String) -> CommandOutput.Form? {
    if let form = CommandOutput.Form(rawValue: text) { return form }
    let names = CommandOutput.Form.allCases.map(\.rawValue)
    let near = Spelling.nearest(to: text, among: names).map { ", did you mean \($0)?" } ?? ""
    reader.fault(line, place, "expected \(names.joined(separator: ", ")), got \(text)\(near)")
    return nil
  }

  private mutating func checkPath(_ path: String, _ form: CommandOutput.Form, _ line: Int, _ place: String) {
    let folder = RunFolder.output
    checkPattern(path, line, place)
    if path.hasPrefix("\(folder)/") {
      reader.fault(
        line, place, "the path is within \(folder) already, did you mean \(path.dropFirst(folder.count + 1))?")
    }
    if form != .files, form != .file, path.contains(where: "*?[".contains) {
      reader.fault(line, place, "only the forms file and files take a pattern")
    }
    let isTold = literals.contains { $0 == folder || $0.hasSuffix("/\(folder)") || $0.contains("\(folder)/") }
    if !isTold {
      reader.fault(
        line, place, "no word of run says where to write it",
        hint: "write \(folder)/\(path) or \(folder) where the program takes its output's name")
    }
  }

  /// Nothing leads out of the folder.
  mutating func checkPattern(_ pattern: String, _ line: Int, _ place: String) {
    let steps = pattern.split(separator: "/", omittingEmptySubsequences: false)
    if pattern.isEmpty || steps.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
      reader.fault(line, place, "\(JSONValue.string(pattern).text) is no path within the run's folder")
    }
  }

  private mutating func mediaType(_ output: ManifestReader.Section) -> String? {
    guard let text = reader.text("media_type", in: output) else { return nil }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let isVisible = text.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 0x20 && $0.value < 0x7F }
    if parts.count != 2 || parts.contains("") || !isVisible || text.utf8.count > 127 {
      reader.fault(
        output["media_type"]?.line ?? output.line, output.place(of: "media_type"),
        "\(JSONValue.string(text).text) is no media type", hint: "such as image/png")
    }
    return text
  }

  private mutating func fileExtension(_ text: String, _ line: Int, _ place: String) -> String {
    let bare = text.hasPrefix(".") ? String(text.dropFirst()) : text
    let isPlain = bare.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2E }
    if bare != text || bare.isEmpty || !isPlain || bare.utf8.count > 16 || bare.hasSuffix(".") || bare.contains("..") {
      let near = bare.lowercased()
      reader.fault(
        line, place,
        "\(JSONValue.string(text).text) is no extension: lower-case letters and digits, without the dot"
          + (near != text && !near.isEmpty ? ", did you mean \(near)?" : ""))
    }
    return bare
  }

  mutating func inputs(_ section: ManifestReader.Section) -> [String: InputName] {
    guard let node = section["inputs"] else { return [:] }
    let place = "\(place).inputs"
    var inputs: [String: InputName] = [:]
    for member in reader.mapping(node, at: place, expected: "arguments with how their files are named") {
      let place = "\(place).\(ConfigurationFault.shown(member.key))"
      guard let argument = arguments.known[member.key], argument.isFile else {
        let what = arguments.known[member.key] == nil ? "there is no such argument" : "is not a file"
        reader.fault(member.line, place, what + arguments.suggestion(for: member.key).dropFirst(0))
        continue
      }
      guard let input = reader.section(member.value, .input, at: place) else { continue }
      let keeps = reader.flag("keep_name", in: input)
      if keeps, let node = input["extension"] {
        reader.fault(node.line, input.place(of: "extension"), "a file that keeps its name keeps its extension")
      }
      inputs[member.key] = keeps ? .kept : name(input)
    }
    return inputs
  }

  private mutating func name(_ input: ManifestReader.Section) -> InputName {
    let place = input.place(of: "extension")
    let texts = reader.list("extension", in: input, orOne: true).compactMap { node in
      reader.text(node, place, expected: "an extension").map { fileExtension($0, node.line, place) }
    }
    if case .list? = input["extension"]?.content { return .oneOf(texts) }
    return .fixed(texts.first)
  }

  mutating func files(_ section: ManifestReader.Section) -> [String: String] {
    guard let node = section["files"] else { return [:] }
    let place = "\(place).files"
    var files: [String: String] = [:]
    for member in reader.mapping(node, at: place, expected: "texts by the path of their file") {
      let place = "\(place).\(ConfigurationFault.shown(member.key))"
      checkPattern(member.key, member.line, place)
      let first = member.key.prefix { $0 != "/" }
      if first == RunFolder.input || first == RunFolder.output {
        reader.fault(member.line, place, "\(first) is for the files of callers")
      }
      if let text = reader.text(member.value, place, expected: "a text") { files[member.key] = text }
    }
    let paths = files.keys
    for path in paths.sorted() where paths.contains(where: { $0.hasPrefix(path + "/") }) {
      reader.fault(node.line, "\(place).\(path)", "cannot be a file and a folder")
    }
    return files
  }

  mutating func advice(_ section: ManifestReader.Section) -> [String: String] {
    guard let node = section["advice"] else { return [:] }
    let place = "\(place).advice"
    var advice: [String: String] = [:]
    for member in reader.mapping(node, at: place, expected: "advice by what a program prints") {
      let place = "\(place).\(ConfigurationFault.shown(member.key))"
      if member.key.isEmpty { reader.fault(member.line, place, "fits every failure: write what the program prints") }
      if let text = reader.text(member.value, place, expected: "one line of text") { advice[member.key] = text }
    }
    return advice
  }

  mutating func environment(_ section: ManifestReader.Section) -> [String: CommandWord] {
    guard let node = section["environment"] else { return [:] }
    let place = "\(place).environment"
    var environment: [String: CommandWord] = [:]
    for member in reader.mapping(node, at: place, expected: "variables with their values") {
      let place = "\(place).\(ConfigurationFault.shown(member.key))"
      let isName =
        member.key.utf8.first.map { !(0x30...0x39).contains($0) } == true
        && member.key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      if !isName { reader.fault(member.line, place, "is no name of a variable: letters, digits and _") }
      if ["PATH", "TMPDIR"].contains(member.key) || member.key.hasPrefix("LD_") {
        reader.fault(member.line, place, "is not for a manifest to set")
      }
      guard let text = reader.text(member.value, place, expected: "text") else { continue }
      guard let word = word(YAMLNode(content: .scalar(.string(text)), line: member.value.line), place, hasEach: false)
      else { continue }
      if word.pieces.contains(where: { if case .value = $0 { true } else if case .file = $0 { true } else { false } }) {
        reader.fault(
          member.value.line, place, "a caller's value must not become part of the environment",
          hint: "only <folder> has a place here")
      }
      environment[member.key] = word
    }
    return environment
  }
}
